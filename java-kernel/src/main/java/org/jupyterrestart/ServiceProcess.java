package org.jupyterrestart;

import static java.lang.System.Logger.Level.ERROR;
import static java.lang.System.Logger.Level.INFO;

import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** The life of the service's process: from its command line to its exit status, whatever ends it. */
final class ServiceProcess {
    private static final System.Logger LOG = System.getLogger(ServiceProcess.class.getName());
    private static final int OK = 0;
    private static final int FAILED = 1;
    private static final int LONGEST_END_S = 10;

    private ServiceProcess() {}

    /** Returns the exit status; apps go on. */
    static int run(CommandLine.Service command, String version, Map<String, String> environment) {
        return switch (Startup.prepare(command, environment)) {
            case Startup.Result.Failed(int status, var lines) -> {
                lines.forEach(System.err::println);
                yield status;
            }
            case Startup.Result.Ready(Startup startup) -> run(startup, version);
        };
    }

    private static int run(Startup startup, String version) {
        Thread.setDefaultUncaughtExceptionHandler(
                (thread, error) -> LOG.log(ERROR, "Thread %s died".formatted(thread.getName()), error));
        CountDownLatch stop = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        endOnSignal(stop, ended);
        int status = OK;
        try (RunningService service = RunningService.start(startup, version, stop::countDown)) {
            LOG.log(
                    INFO,
                    "Restart service %s answers on 127.0.0.1:%d, home %s"
                            .formatted(version, service.port(), startup.home()));
            stop.await();
        } catch (Exception e) {
            LOG.log(ERROR, "The restart service ends: " + e.getMessage(), e);
            status = FAILED;
        }
        LOG.log(INFO, "Restart service ended; its apps go on");
        ended.countDown();
        return status;
    }

    /** TERM and INT end the service in order; the JVM itself would end it in the middle of whatever it does. */
    private static void endOnSignal(CountDownLatch stop, CountDownLatch ended) {
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("signal").unstarted(() -> {
            boolean isSignal = ended.getCount() > 0;
            stop.countDown();
            try {
                boolean isClean = ended.await(LONGEST_END_S, TimeUnit.SECONDS);
                if (isSignal) {
                    Runtime.getRuntime().halt(isClean ? OK : FAILED);
                }
            } catch (InterruptedException _) {
                Runtime.getRuntime().halt(FAILED);
            }
        }));
    }
}
