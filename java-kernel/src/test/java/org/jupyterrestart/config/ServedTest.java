package org.jupyterrestart.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.jupyterrestart.config.ProbeSpec.Check;

/** Where apps of known kinds are asked, by what their command lines say. */
class ServedTest {
    private static AppSpec app(String preset, Map<String, String> environment, String command) {
        return new AppSpecBuilder("x")
                .preset(preset)
                .program(Program.of(List.of(command.split(" ")), Optional.empty(), environment))
                .build();
    }

    static Stream<Arguments> healthChecks() {
        return Stream.of(
                arguments("a1111", "launch.py --port 7860 --api", http(7860, "/internal/ping")),
                arguments("forge", "launch.py --listen --port=7861", http(7861, "/internal/ping")),
                arguments("a1111", "launch.py --port 7860 --tls-keyfile k.pem", tcp("127.0.0.1", 7860)),
                arguments("a1111", "launch.py --port 7860 --nowebui", tcp("127.0.0.1", 7860)),
                arguments("vllm", "vllm serve m --host 0.0.0.0 --port 8000", http(8000, "/health")),
                arguments("vllm", "vllm serve m --host 10.0.0.5 --port 8000", "http://10.0.0.5:8000/health"),
                arguments("vllm", "vllm serve m --port 8000 --ssl-keyfile k", tcp("127.0.0.1", 8000)),
                arguments("textgen", "server.py --api --api-port 5000", http(5000, "/v1/internal/health")),
                arguments("textgen", "server.py --api --api-port 5000 --api-key k", tcp("127.0.0.1", 5000)),
                arguments("textgen", "server.py --api-port 5000", ""),
                arguments(
                        "textgen",
                        "server.py --api --api-port 5000 --listen-host 10.0.0.5",
                        http(5000, "/v1/internal/health")),
                arguments(
                        "textgen",
                        "server.py --extensions openai --api-port 5000 --listen --listen-host 10.0.0.5",
                        "http://10.0.0.5:5000/v1/internal/health"),
                arguments("swarmui", "launch-linux.sh --port 7801", tcp("127.0.0.1", 7801)),
                arguments("comfyui", "main.py --listen --port 8188", "http://127.0.0.1:8188"),
                arguments("comfyui", "main.py --listen 10.0.0.5,127.0.0.1 --port 8188", "http://127.0.0.1:8188"),
                arguments("comfyui", "main.py --listen 10.0.0.5,10.0.0.6 --port 8188", "http://10.0.0.5:8188"),
                arguments("comfyui", "main.py --listen :: --port 8188", "http://[::1]:8188"),
                arguments("comfyui", "main.py --listen , --port 8188", "http://127.0.0.1:8188"),
                arguments("comfyui", "main.py --port 8188 --port=8189 --port x", "http://127.0.0.1:8189"),
                arguments("comfyui", "main.py --listen fe80::1 --port 8188", "http://[fe80::1]:8188"),
                arguments("comfyui", "main.py --port 8188 --tls-keyfile k", "http://127.0.0.1:8188"),
                arguments("comfyui", "main.py --port 8188 --tls-keyfile k --tls-certfile c", "https://127.0.0.1:8188"),
                arguments("vllm", "vllm serve m", ""),
                arguments("vllm", "vllm serve m --port 8000 --uds /run/vllm.sock", ""),
                arguments("vllm", "vllm serve m --port 8000 --headless", ""),
                arguments("vllm", "vllm serve m --port 8000 --grpc", tcp("127.0.0.1", 8000)),
                arguments("vllm", "vllm serve m --port 70000", ""),
                arguments("generic", "redis-cli --port 6379", ""));
    }

    private static String http(int port, String path) {
        return "http://127.0.0.1:%d%s".formatted(port, path);
    }

    private static String tcp(String host, int port) {
        return "%s:%d".formatted(host, port);
    }

    @ParameterizedTest
    @MethodSource("healthChecks")
    void healthIsCheckedWhereThePortIsSaid(String preset, String command, String expected) {
        assertEquals(expected, check(app(preset, Map.of(), command)));
    }

    private static String check(AppSpec app) {
        return app.probe()
                .map(ProbeSpec::check)
                .map(check -> switch (check) {
                    case Check.Http(String url) -> url;
                    case Check.LifeSign(String url) -> url;
                    case Check.Stir(String url) -> url;
                    case Check.Tcp(String host, int port) -> tcp(host, port);
                    case Check.Queue it -> it.url();
                    case Check.Exec _, Check.Progress _ -> "another";
                })
                .orElse("");
    }

    @Test
    void portsInTheEnvironmentCount() {
        assertEquals(
                http(11434, "/api/version"),
                check(app("ollama", Map.of("OLLAMA_HOST", "0.0.0.0:11434"), "ollama serve")));
        assertEquals(
                http(9090, "/api/v1/app/version"),
                check(app("invokeai", Map.of("INVOKEAI_PORT", "9090"), "invokeai-web")));
        assertEquals(
                tcp("10.0.0.5", 9090),
                check(app(
                        "invokeai",
                        Map.of("INVOKEAI_PORT", "9090", "INVOKEAI_HOST", "10.0.0.5", "INVOKEAI_SSL_CERTFILE", "c.pem"),
                        "invokeai-web")));
        assertEquals(
                "http://h:1/api/version",
                check(app("ollama", Map.of("OLLAMA_HOST", "http://h:1/path"), "ollama serve")));
        assertEquals("", check(app("ollama", Map.of("OLLAMA_HOST", "https://h:1"), "ollama serve")));
    }

    static Stream<Arguments> memoryGivenBack() {
        return Stream.of(
                arguments("comfyui", "main.py --port 8188", true),
                arguments("comfyui", "main.py --port 8188 --tls-keyfile k --tls-certfile c", true),
                arguments("comfyui", "./start.sh", true),
                arguments("swarmui", "launch-linux.sh --port 7801", true),
                arguments("swarmui", "launch-linux.sh", false),
                arguments("vllm", "vllm serve m --port 8000", false));
    }

    @ParameterizedTest
    @MethodSource("memoryGivenBack")
    void memoryIsAskedForWhereThatIsKnown(String preset, String command, boolean expected) {
        assertEquals(expected, app(preset, Map.of(), command).canFree());
    }

    @Test
    void whatTheUserSaysOfHealthCounts() {
        ProbeSpec own = new ProbeSpec(new Check.Tcp("h", 1), ProbeSpec.EVERY, ProbeSpec.TIMEOUT, 4);
        AppSpec app = new AppSpecBuilder("x")
                .preset("vllm")
                .program(Program.of(List.of("vllm", "--port", "8000"), Optional.empty(), Map.of()))
                .probe(own)
                .build();

        assertEquals(Optional.of(own), app.probe());
    }

    @Test
    void portsMustBeFreeThatAreOfThisMachine() {
        assertEquals(
                Set.of(8188),
                app("comfyui", Map.of(), "main.py --port 8188 --listen").ports());
        assertEquals(
                Set.of(),
                app("vllm", Map.of(), "vllm --host 10.0.0.5 --port 8000").ports());
        assertEquals(Set.of(), app("generic", Map.of(), "redis-cli --port 6379").ports());
        assertEquals(
                Set.of(443), probed(new Check.Http("https://localhost/health")).ports());
        assertEquals(
                Set.of(8080), probed(new Check.Http("http://127.0.0.1:8080/")).ports());
        assertEquals(
                Set.of(), probed(new Check.Http("http://example.org:8080/")).ports());
        assertEquals(Set.of(5), probed(new Check.Tcp("localhost", 5)).ports());
        assertEquals(Set.of(), probed(new Check.Tcp("db", 5)).ports());
        assertEquals(Set.of(), probed(new Check.Exec(List.of("true"))).ports());
    }

    private static AppSpec probed(Check check) {
        return new AppSpecBuilder("x")
                .probe(new ProbeSpec(check, ProbeSpec.EVERY, ProbeSpec.TIMEOUT, 4))
                .build();
    }
}
