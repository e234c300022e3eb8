package org.jupyterrestart.process;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * The operating system's processes, as the supervisor needs them. Every method that takes an identity does nothing to
 * any other process that may have its pid by now.
 */
public interface ProcessControl {
    /**
     * Starts a process in a session of its own, with clean signal state and no descriptor of ours. Does not block;
     * {@code onResult} is called once, on any thread.
     */
    void start(Launch launch, Consumer<SpawnResult> onResult);

    /**
     * On the loop: has {@code next} started at once, without anybody's further word, when {@code app} ends on these
     * terms. What is started so belongs to the tree of {@code app} until a {@link #start} of the same launch takes charge
     * of it. False where that can't be; at most one order stands for an app, the last.
     */
    default boolean order(ProcessIdentity app, Launch next, Standing terms) {
        return false;
    }

    /** On the loop: no order stands for {@code app} any more; it may have been carried out already. */
    default void revoke(ProcessIdentity app) {}

    /** On the loop: what a standing order has started after {@code app}, if nobody has taken charge of it. */
    default Optional<Launch> startedAfter(ProcessIdentity app) {
        return Optional.empty();
    }

    /** Like {@link #start}, and waits for what comes of it; not for the loop's own thread. */
    default SpawnResult spawn(Launch launch) {
        CompletableFuture<SpawnResult> result = new CompletableFuture<>();
        start(launch, result::complete);
        return result.join();
    }

    /** Like {@link #spawn}, for a process that is waited for and then forgotten: how it ended is written nowhere. */
    default SpawnResult spawnBrief(Launch launch) {
        return spawn(launch);
    }

    /** The identity of the live process with this pid; empty when there is none or it is a zombie. */
    Optional<ProcessIdentity> identify(int pid);

    boolean isAlive(ProcessIdentity identity);

    /**
     * Calls {@code onExit} once, on another thread, when the process has ended; at once if it already has. Nothing is
     * called after {@link #unwatch}.
     */
    void watch(ProcessIdentity identity, Consumer<ExitStatus> onExit);

    void unwatch(ProcessIdentity identity);

    /**
     * The live processes that belong to the tree of {@code root}, root first where it lives: its descendants, those in
     * its session, and those whose environment carries {@code marker} (empty for none).
     */
    List<ProcessIdentity> tree(ProcessIdentity root, String marker);

    /**
     * The CPU time of the process and of those that it has started in its own session: of a Jupyter server and of one
     * that stands by for it, but not of kernels and terminals, which have sessions of their own.
     */
    default Duration cpuOfJob(ProcessIdentity leader) {
        return Duration.ZERO;
    }

    /**
     * Whether it is known, without a look at other processes, that nothing of the tree of {@code root} is left. False
     * says nothing.
     */
    boolean isTreeEmpty(ProcessIdentity root);

    /**
     * The process that was started with this marker, where a keeper tells of it also one that has ended; else a live one
     * that it left behind. For a service that comes back and does not know whether the one before it had started
     * something.
     */
    Optional<Marked> find(String marker);

    /** What live processes carry as their marker. For a service that has lost what it knew. */
    Set<String> markers();

    /** @param isMain whether it is what was started, not a descendant */
    record Marked(ProcessIdentity identity, boolean isMain) {}

    /**
     * Sends a signal to one process by pidfd, and lets it go on where it was stopped, to take the signal: before, it takes
     * KILL alone. A process that is gone is no error.
     */
    void signal(ProcessIdentity identity, int signal);

    /** Whether the process ignores this signal, as what a script starts in the background ignores the interrupt. */
    boolean ignores(ProcessIdentity identity, int signal);

    /**
     * How this process could be started again: its command line, working directory and environment as the kernel has
     * them. Empty when it is gone, not ours to read, or still being executed.
     */
    Optional<Launch> launchOf(ProcessIdentity identity, Path output);

    /**
     * Who listens on this TCP port, on loopback or on all addresses; a holder that our user may not look into is there
     * without an identity.
     */
    Optional<PortHolder> holderOf(int port);

    /** Likewise, who is reached at this address of this machine; {@code host} as in a URL, without a look-up of names. */
    Optional<PortHolder> holderOf(String host, int port);

    /** @param process empty for one that our user may not look into */
    record PortHolder(Optional<ProcessIdentity> process) {}

    /** Live processes that have a GPU open, as far as our user may look into them. */
    List<ProcessIdentity> gpuHolders();

    /** What the process carries as its marker; empty for none, and for one that our user may not look into. */
    Optional<String> markerOf(ProcessIdentity identity);

    /**
     * Tells one program that the process executes from the next, though they may be of one file: another value after each
     * exec. Empty for a process that is gone, or that our user may not look into.
     */
    Optional<String> imageOf(ProcessIdentity identity);

    /** For people: {@code python3 (pid 4711, in uninterruptible sleep)}. */
    String describe(ProcessIdentity identity);
}
