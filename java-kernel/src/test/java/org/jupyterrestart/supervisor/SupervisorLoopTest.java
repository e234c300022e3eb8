package org.jupyterrestart.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.jupyterrestart.process.LinuxProcessControl;

@Timeout(30)
class SupervisorLoopTest {
    private final LinuxProcessControl processes = LinuxProcessControl.withoutKeeper("this is its test");
    private final SupervisorLoop loop = new SupervisorLoop(processes.loop());

    @AfterEach
    void close() {
        processes.close();
    }

    @Test
    void callBehindTheEndFailsInsteadOfWaitingForEver() throws Exception {
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
        loop.start(_ -> {});
        assertEquals("supervisor", loop.call(() -> Thread.currentThread().getName()));
        loop.end();
        loop.awaitEnd();
    }
}
