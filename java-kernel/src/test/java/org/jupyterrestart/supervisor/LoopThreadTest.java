package org.jupyterrestart.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class LoopThreadTest {
    @Test
    void callBehindTheEndFailsInsteadOfWaitingForEver() throws Exception {
        LoopThread loop = new LoopThread();
        CountDownLatch isBusy = new CountDownLatch(1);
        loop.start(_ -> {});
        loop.submit(() -> {
            loop.end();
            isBusy.countDown();
        });
        isBusy.await();
        assertThrows(IllegalStateException.class, () -> loop.call(() -> 1));
        loop.awaitEnd();
        assertThrows(IllegalStateException.class, () -> loop.call(() -> 1));
    }

    @Test
    void callIsAnsweredByTheLoop() throws Exception {
        LoopThread loop = new LoopThread();
        loop.start(_ -> {});
        assertEquals("supervisor", loop.call(() -> Thread.currentThread().getName()));
        loop.end();
        loop.awaitEnd();
    }
}
