package org.jupyterrestart.probe;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/** Looks whether a server answers, or does at least something. */
final class StirCheck implements ProbeCheck {
    private final ProbeCheck answer;
    private final Supplier<Duration> cpu;
    private Duration last;

    StirCheck(ProbeCheck answer, Supplier<Duration> cpu) {
        this.answer = answer;
        this.cpu = cpu;
        last = cpu.get();
    }

    @Override
    public Optional<String> problem() throws InterruptedException {
        Optional<String> problem = answer.problem();
        Duration before = last;
        last = cpu.get();
        boolean isStill = before.equals(last);
        return problem.filter(_ -> isStill).map(why -> why + ", and it uses no processor");
    }
}
