package org.jupyterrestart;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jupyterrestart.api.wire.Endpoint;
import org.jupyterrestart.home.EndpointFile;
import org.jupyterrestart.process.Launch;

/** Services as processes of their own with one home, seen from outside. Closing leaves none, nor any app of theirs. */
final class ServiceLab implements AutoCloseable {
    private static final List<String> JAVA = List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName());

    private final Path folder;
    private final HttpClient client = HttpClient.newHttpClient();
    private final List<Process> started = new ArrayList<>();

    ServiceLab(Path folder) {
        this.folder = folder;
    }

    Path home() {
        return folder.resolve("home");
    }

    Path restartLog() {
        return folder.resolve("restart.log");
    }

    Path pidFile() {
        return folder.resolve("auto_restart.pid");
    }

    String output() throws IOException {
        return Files.readString(folder.resolve("output"));
    }

    Process start(String... options) throws IOException {
        Stream<String> arguments = Stream.concat(Stream.of("service", "--home", home().toString()), Stream.of(options));
        ProcessBuilder builder = new ProcessBuilder(
                        Stream.concat(JAVA.stream(), arguments).toList())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        folder.resolve("output").toFile()));
        builder.environment().keySet().removeIf(name -> name.contains("RESTART"));
        builder.environment()
                .putAll(Map.of(
                        "HOME",
                        folder.toString(),
                        "RESTART_LOG_FILE",
                        restartLog().toString(),
                        "RESTART_PID_FILE",
                        pidFile().toString()));
        Process process = builder.start();
        started.add(process);
        return process;
    }

    /** Where this very process answers, if it does already. */
    Optional<Endpoint> endpointNow(Process process) throws IOException {
        return new EndpointFile(home()).read().filter(endpoint -> endpoint.pid() == process.pid());
    }

    /** Waits for the endpoint that this very process has written. */
    Endpoint endpoint(Process process) throws IOException, InterruptedException {
        Optional<Endpoint> endpoint = endpointNow(process);
        while (endpoint.isEmpty()) {
            if (!process.isAlive()) {
                throw new AssertionError("the service ended: " + output());
            }
            TimeUnit.MILLISECONDS.sleep(10);
            endpoint = endpointNow(process);
        }
        // Answered by the loop, so after the start was recorded.
        ask(endpoint.get(), "GET", "/v1/apps");
        return endpoint.get();
    }

    String ask(Endpoint endpoint, String method, String path) throws IOException, InterruptedException {
        return send(endpoint, method, path, "").body();
    }

    HttpResponse<String> send(Endpoint endpoint, String method, String path, String body)
            throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:%d%s".formatted(endpoint.port(), path)))
                .header("Authorization", "Bearer " + endpoint.token())
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build();
        return client.send(request, BodyHandlers.ofString());
    }

    @Override
    public void close() {
        for (Process process : started) {
            process.destroyForcibly().onExit().join();
        }
        client.close();
        // Twice: one that was being started when the first look passed by shows in the second.
        for (int look = 0; look < 2; look++) {
            apps().forEach(ProcessHandle::destroyForcibly);
        }
    }

    /** All that carries a mark of this home in its environment. */
    private List<ProcessHandle> apps() {
        String mark = "%s=%s:".formatted(Launch.MARKER, home());
        return ProcessHandle.allProcesses()
                .filter(process -> environment(process.pid()).contains(mark))
                .toList();
    }

    private static String environment(long pid) {
        try {
            return Files.readString(Path.of("/proc/" + pid + "/environ"), ISO_8859_1);
        } catch (IOException _) {
            return ""; // gone, or another user's
        }
    }

    static String permissions(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }
}
