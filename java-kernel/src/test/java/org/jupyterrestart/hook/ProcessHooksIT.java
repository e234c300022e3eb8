package org.jupyterrestart.hook;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.jupyterrestart.config.Hook;
import org.jupyterrestart.process.LinuxProcessControl;
import org.jupyterrestart.supervisor.HookRunner;

@Timeout(60)
class ProcessHooksIT {
    @TempDir
    Path home;

    private LinuxProcessControl processes;

    @BeforeEach
    void open() {
        processes = LinuxProcessControl.withoutKeeper("a test of hooks");
    }

    @AfterEach
    void close() {
        processes.close();
    }

    private List<HookRunner.Failure> run(Hook... hooks) throws Exception {
        CompletableFuture<List<HookRunner.Failure>> done = new CompletableFuture<>();
        new ProcessHooks(processes, home, System.getenv()).run("comfyui", List.of(hooks), done::complete);
        return done.get(30, TimeUnit.SECONDS);
    }

    private static Hook shell(String script, Duration timeout) {
        return new Hook(new Hook.Deed.Run(List.of("/bin/sh", "-c", script)), timeout, false);
    }

    @Test
    void hooksRunInOrderAndSpeakIntoTheAppsLog() throws Exception {
        Hook one = shell("echo one $JUPYTER_RESTART_APP; pwd", Hook.TIMEOUT);
        Hook two = shell("echo two", Hook.TIMEOUT);
        assertEquals(List.of(), run(one, two));
        assertEquals(
                List.of("one comfyui", home.toRealPath().toString(), "two"),
                Files.readAllLines(home.resolve("logs").resolve("comfyui.log")));
    }

    @Test
    void failedHookIsToldAndTheNextOneRuns() throws Exception {
        Hook failing = shell("exit 3", Hook.TIMEOUT);
        Hook next = shell("echo ran", Hook.TIMEOUT);
        assertEquals(
                List.of(new HookRunner.Failure(
                        failing, "Hook [/bin/sh, -c, exit 3] ended with exit code 3: the app's log has what it said")),
                run(failing, next));
        assertEquals(List.of("ran"), Files.readAllLines(home.resolve("logs").resolve("comfyui.log")));
    }

    @Test
    void hookThatTakesTooLongIsEndedWithItsChildren() throws Exception {
        Hook slow = shell("sleep 300 & echo $! > child; wait", Duration.ofMillis(500));
        assertEquals(
                List.of(new HookRunner.Failure(
                        slow,
                        "Hook [/bin/sh, -c, sleep 300 & echo $! > child; wait] was ended after 500ms: "
                                + "give it a longer timeout, or make it quicker")),
                run(slow));
        int child = Integer.parseInt(Files.readString(home.resolve("child")).strip());
        while (processes.identify(child).isPresent()) {
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }

    @Test
    void httpHookIsAPostThatMustBeAnsweredWell() throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        CompletableFuture<String> body = new CompletableFuture<>();
        server.createContext("/good", exchange -> {
            body.complete(new String(exchange.getRequestBody().readAllBytes()));
            exchange.sendResponseHeaders(204, -1);
        });
        server.start();
        try {
            String url = "http://127.0.0.1:" + server.getAddress().getPort();
            Hook good = new Hook(new Hook.Deed.Http(url + "/good"), Hook.TIMEOUT, false);
            Hook bad = new Hook(new Hook.Deed.Http(url + "/nothing"), Hook.TIMEOUT, false);
            assertEquals(
                    List.of(new HookRunner.Failure(bad, "Hook POST %s/nothing was answered by 404".formatted(url))),
                    run(good, bad));
            assertEquals("{\"app\":\"comfyui\"}", body.get());
        } finally {
            server.stop(0);
        }
    }
}
