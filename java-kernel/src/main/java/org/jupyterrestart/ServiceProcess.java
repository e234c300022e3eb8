package org.jupyterrestart;

import static java.lang.System.Logger.Level.ERROR;
import static java.lang.System.Logger.Level.INFO;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jupyterrestart.api.ServiceEnd;
import org.jupyterrestart.config.GivenApp;
import org.jupyterrestart.home.ServiceLock;

/** The life of the service's process: from its command line to its exit status, whatever ends it. */
final class ServiceProcess {
    private static final System.Logger LOG = System.getLogger(ServiceProcess.class.getName());
    private static final int OK = 0;
    private static final int FAILED = 1;
    private static final int LONGEST_END_S = 10;

    private final CountDownLatch stop = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private final SelfRestart self;
    private final String version;
    private final boolean takesApps;
    private volatile boolean isSignalled;
    private volatile ServiceEnd end = new ServiceEnd.Stop();

    /** {@code takesApps}: a signal ends the apps as well. */
    ServiceProcess(SelfRestart self, String version, boolean takesApps) {
        this.self = self;
        this.version = version;
        this.takesApps = takesApps;
    }

    /** Returns the exit status; apps go on. */
    int run(CommandLine.Service command, Map<String, String> environment) {
        return run(Startup.prepare(command, environment), Optional.empty(), command.guarded());
    }

    /** Returns the exit status; apps go on, unless it was ended by a signal. */
    int run(CommandLine.Run command, Map<String, String> environment) {
        return run(Startup.prepare(command, environment), command.app().map(GivenApp::name), false);
    }

    private int run(Startup.Result prepared, Optional<String> app, boolean isGuarded) {
        return switch (prepared) {
            case Startup.Result.Failed(int status, var lines) -> {
                lines.forEach(System.err::println);
                yield status;
            }
            case Startup.Result.Ready(Startup startup) -> run(startup, app, isGuarded);
        };
    }

    private int run(Startup startup, Optional<String> app, boolean isGuarded) {
        Thread.setDefaultUncaughtExceptionHandler(
                (thread, error) -> LOG.log(ERROR, "Thread %s died".formatted(thread.getName()), error));
        endOnSignal();
        int status = OK;
        try (RunningService service = RunningService.start(startup, version, isGuarded, this::end)) {
            LOG.log(
                    INFO,
                    "Restart service %s answers on 127.0.0.1:%d, home %s"
                            .formatted(version, service.port(), startup.home()));
            if (app.isPresent()) {
                service.startApp(app.get());
            }
            stop.await();
            service.leaveGuard();
            if (takesApps && isSignalled) {
                service.stopApps();
            } else if (isRestart()) {
                service.leaveToSuccessor();
            }
        } catch (Exception e) {
            LOG.log(ERROR, "The restart service ends: " + e.getMessage(), e);
            status = FAILED;
        }
        if (isRestart() && status == OK) {
            status = becomeSuccessor(startup);
        }
        LOG.log(INFO, "Restart service ended");
        ended.countDown();
        return status;
    }

    private void end(ServiceEnd how) {
        end = how;
        stop.countDown();
    }

    /** A signal to end is above the wish to begin anew. */
    private boolean isRestart() {
        return end instanceof ServiceEnd.Restart && !isSignalled;
    }

    /** Returns only where it failed, with the exit status. */
    private int becomeSuccessor(Startup startup) {
        if (end instanceof ServiceEnd.Restart(Optional<List<String>> program)) {
            LOG.log(INFO, "Restart service replaces itself");
            LOG.log(ERROR, self.run(program, ServiceLock.file(startup.home())));
        }
        return FAILED;
    }

    /** TERM and INT end the service in order; the JVM itself would end it in the middle of whatever it does. */
    private void endOnSignal() {
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("signal").unstarted(() -> {
            boolean isSignal = ended.getCount() > 0;
            isSignalled = isSignal;
            stop.countDown();
            try {
                boolean isClean = awaitEnd();
                if (isSignal) {
                    Runtime.getRuntime().halt(isClean ? OK : FAILED);
                }
            } catch (InterruptedException _) {
                Runtime.getRuntime().halt(FAILED);
            }
        }));
    }

    /** Apps have the time that their stop sequences give them, and those are users' own. */
    private boolean awaitEnd() throws InterruptedException {
        if (takesApps) {
            ended.await();
            return true;
        }
        return ended.await(LONGEST_END_S, TimeUnit.SECONDS);
    }
}
