package org.jupyterrestart;

import static java.lang.System.Logger.Level.DEBUG;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.jupyterrestart.process.OwnMemory;
import org.jupyterrestart.supervisor.Clock;

/**
 * Hands memory back once the service has come to rest after its start, again a minute later, and from then on where it
 * has grown enough to pay for the pause. Never while anything happens: pages that were given back are read again when
 * they are used.
 */
final class MemoryReturn {
    private static final System.Logger LOG = System.getLogger(MemoryReturn.class.getName());

    /** At rest is who was told nothing for so long, and had nothing to do. */
    private static final Duration REST = Duration.ofSeconds(10);

    private static final double LEAST_BUSY = 0.02;
    private static final Duration SOON = Duration.ofMinutes(1);
    private static final Duration LATER = Duration.ofMinutes(10);

    /** Much of what a service needs after the first time it needs in its first minute alone. */
    private static final int AFTER_START = 2;

    private static final long WORTH_IT = 4L << 20;

    private final Memory memory;
    private final Clock clock;
    private final LongSupplier lastSeq;
    private long left;
    private int given;
    private Activity before = new Activity(-1, 0, 0);

    /** @param lastSeq the number of the last event: where it stays, nothing has happened */
    MemoryReturn(Memory memory, Clock clock, LongSupplier lastSeq) {
        this.memory = memory;
        this.clock = clock;
        this.lastSeq = lastSeq;
    }

    /** The memory of this process, and what it has worked. */
    interface Memory {
        long residentBytes();

        Duration cpuTime();

        void giveBack();
    }

    /** The real one. */
    static final class Own implements Memory {
        @Override
        public long residentBytes() {
            return OwnMemory.residentBytes();
        }

        @Override
        public Duration cpuTime() {
            return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
        }

        @Override
        public void giveBack() {
            OwnMemory.giveBack();
        }
    }

    /** What can be seen of the service's work at one moment. */
    private record Activity(long seq, long nanos, long cpuNanos) {
        boolean isRestSince(Activity before) {
            return seq == before.seq && cpuNanos - before.cpuNanos < LEAST_BUSY * (nanos - before.nanos);
        }
    }

    void start() {
        clock.after(REST, this::look);
    }

    private void look() {
        Activity now = new Activity(
                lastSeq.getAsLong(), clock.now().nanos(), memory.cpuTime().toNanos());
        boolean isRest = now.isRestSince(before);
        boolean pays = given < AFTER_START || memory.residentBytes() - left >= WORTH_IT;
        before = now;
        if (isRest && pays) {
            memory.giveBack();
            given++;
            clock.after(REST, this::measure);
        } else {
            clock.after(pays ? REST : LATER, this::look);
        }
    }

    /** Only now: what is done right after memory was given back brings some of it back. */
    private void measure() {
        left = memory.residentBytes();
        LOG.log(DEBUG, () -> "Gave memory back: %d KB are left".formatted(left >> 10));
        clock.after(given < AFTER_START ? SOON : LATER, this::look);
    }
}
