package org.jupyterrestart.lifecycle;

import java.time.Duration;
import java.util.List;
import org.jupyterrestart.config.Hook;
import org.jupyterrestart.config.ProbeSpec;
import org.jupyterrestart.config.Program;
import org.jupyterrestart.event.EventDraft;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.process.ProcessIdentity;

/** What the shell must do. All may be done twice, save {@link Spawn}: a service that comes back does them again. */
public sealed interface Action {
    /** Starts the program; answered by Spawned or NotSpawned. */
    record Spawn(String marker, Program program) implements Action {}

    /** Looks for a process that an earlier service may have started; answered by Spawned, Orphaned or NotFound. */
    record Find(String marker) implements Action {}

    /** Exited is told when the process ends, at once if it has. */
    record Watch(ProcessIdentity identity) implements Action {}

    /** Ready and Unhealthy are told until it ends. */
    record Probe(Instance instance, ProbeSpec spec) implements Action {}

    /** Ready and Unhealthy are told no longer. */
    record EndProbe() implements Action {}

    /** @param keep names of processes that are spared */
    record SignalTree(Instance instance, int signal, List<String> keep) implements Action {}

    /** The process alone: what it has started outlives it. */
    record SignalMain(ProcessIdentity identity, int signal) implements Action {}

    /** Answered by TreeChecked after {@code delay}. */
    record CheckTree(Instance instance, List<String> keep, Duration delay) implements Action {}

    /** Looks after {@code delay} whether something is in the way of a start; answered by WayChecked. */
    record CheckWay(long entry, Duration delay) implements Action {}

    /** Looks after {@code delay} how much GPU memory is back; answered by GpusChecked. */
    record CheckGpus(long entry, Instance instance, List<String> keep, Duration delay) implements Action {}

    /** Asks the app to give GPU memory back without a restart; answered by Freed. */
    record FreeGpuMemory(Instance instance) implements Action {}

    /** Ends processes that an earlier run left behind. */
    record End(List<ProcessIdentity> leftovers, int signal) implements Action {}

    /**
     * Answered by HooksDone, at once where there are none.
     *
     * @param occasion the event that they are run for
     */
    record RunHooks(long entry, EventType occasion, List<Hook> hooks) implements Action {}

    /** What is to be done about a failure, whatever the app does meanwhile; answered by FailureHooksDone. */
    record RunFailureHooks(EventDraft failure, List<Hook> hooks) implements Action {}

    /** Answered by WorkSeen, after {@code delay}. */
    record AskWork(long entry, Work.Ask ask, Duration delay) implements Action {}

    /** Answered by TabsListed. */
    record ListTabs(long entry) implements Action {}

    /** TimeUp is told after {@code delay}, unless the state is left before. */
    record SetTimer(long entry, Duration delay) implements Action {}
}
