package org.jupyterrestart.probe;

import java.util.Optional;
import org.jupyterrestart.process.ExitStatus;
import org.jupyterrestart.process.TimedRun.Outcome;

/** Looks whether a trace of the app's work has changed since the last look; without work it need not. */
final class ProgressCheck implements ProbeCheck {
    private final Traces.Reading reading;
    private final Optional<CommandCheck> busy;
    private Optional<String> last = Optional.empty();

    ProgressCheck(Traces.Reading reading, Optional<CommandCheck> busy) {
        this.reading = reading;
        this.busy = busy;
    }

    @Override
    public Optional<String> problem() throws InterruptedException {
        Optional<String> before = last;
        last = Optional.of(reading.now());
        boolean isSame = before.equals(last);
        return isSame && isBusy() ? Optional.of(reading.name() + " does not change") : Optional.empty();
    }

    /** Only an exit code says that there is no work: a command that hangs may do so because the app does. */
    private boolean isBusy() throws InterruptedException {
        return busy.isEmpty() || !(busy.get().run() instanceof Outcome.Ended(ExitStatus status)) || status.isSuccess();
    }
}
