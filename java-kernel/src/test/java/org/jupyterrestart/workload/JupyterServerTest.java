package org.jupyterrestart.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.jupyterrestart.lifecycle.Work;

/** What a server tells of its kernels, and for how long that is so. */
class JupyterServerTest {
    private static final Work BUSY = Work.busy("1 busy kernel: a.ipynb");

    private final AtomicLong nanos = new AtomicLong(1_000);
    private final JupyterServer servers = new JupyterServer(nanos::get);

    private void pass(int seconds) {
        nanos.addAndGet(Duration.ofSeconds(seconds).toNanos());
    }

    @Test
    void serverThatTellsIsBelieved() {
        servers.told("lab", BUSY);
        assertEquals(BUSY, servers.ask("lab"));
        servers.told("lab", Work.NONE);
        assertEquals(Work.NONE, servers.ask("lab"));
    }

    @Test
    void serverThatTellsNothingIsWaitedForOnlyUntilItMustHaveHeard() {
        Work unknown = Work.UNHEARD;
        assertEquals(unknown, servers.ask("lab"));
        for (int i = 0; i < 4; i++) {
            pass(5);
            assertEquals(unknown, servers.ask("lab"));
        }
        pass(5);
        assertEquals(Work.NONE, servers.ask("lab"));
        pass(60);
        assertEquals(unknown, servers.ask("lab"), "another restart");
    }

    @Test
    void whatWasToldLongAgoIsNotSo() {
        servers.told("lab", BUSY);
        pass(11);
        assertEquals(Work.UNHEARD, servers.ask("lab"));
    }
}
