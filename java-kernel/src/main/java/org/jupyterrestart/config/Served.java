package org.jupyterrestart.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jupyterrestart.config.ProbeSpec.Check;

/**
 * Where an app of a known kind is asked over HTTP, as far as its command line or its environment says: what may stand
 * in a file of its own is not guessed.
 *
 * @param isPlain HTTP at the root of the address: neither TLS nor a path before all others
 */
public record Served(String host, int port, boolean isPlain) {
    private static final String LOOPBACK = "127.0.0.1";

    /** Addresses that include loopback. */
    private static final Set<String> ALL = Set.of("", "0.0.0.0", "localhost", LOOPBACK);

    /** All addresses of IPv6: with some programs loopback's of IPv4 is none of them. */
    private static final Set<String> ALL_6 = Set.of("::", "[::]");

    /** Options that move an app away from plain HTTP at the root. */
    private static final List<String> ELSEWHERE =
            List.of("--subpath", "--tls-keyfile", "--ssl-keyfile", "--ssl", "--ssl-certfile", "--root-path", "--grpc");

    /** What makes Text Generation WebUI serve its API. */
    private static final Set<String> TEXTGEN_API = Set.of("--api", "--public-api", "openai");

    /** It takes both to encrypt. */
    private static final List<String> COMFYUI_TLS = List.of("--tls-keyfile", "--tls-certfile");

    static Optional<Served> of(Presets preset, Program program) {
        return switch (preset) {
            case COMFYUI -> flagged(program, "--port", "--listen");
            case A1111, FORGE -> flagged(program, "--port", "--server-name");
            case VLLM -> flagged(program, "--port", "--host").filter(_ -> isOnItsPort(program.command()));
            case SWARMUI -> flagged(program, "--port", "--host");
            case TEXTGEN -> textgen(program);
            case INVOKEAI -> invokeAi(program.environment());
            case OLLAMA -> ollama(program.environment().getOrDefault("OLLAMA_HOST", ""));
            case JUPYTERLAB, GENERIC -> Optional.empty();
        };
    }

    public String url(String path) {
        return "http://%s:%d%s".formatted(host, port, path);
    }

    /** What a ComfyUI speaks that is started so. */
    public static String scheme(List<String> command) {
        return COMFYUI_TLS.stream().allMatch(flag -> isGiven(command, flag)) ? "https" : "http";
    }

    /** Whether a command has this option, with its value as the next word, behind an equals sign, or without one. */
    public static boolean isGiven(List<String> command, String flag) {
        return command.stream().anyMatch(word -> word.equals(flag) || word.startsWith(flag + "="));
    }

    /** How its health is checked where its user says nothing of it. */
    static Optional<Check> health(Presets preset, Program program) {
        if (preset == Presets.COMFYUI) {
            return of(preset, program)
                    .map(served -> "%s://%s:%d".formatted(scheme(program.command()), served.host(), served.port()))
                    .map(url -> new Check.Queue(url, Check.Queue.STALL));
        }
        return of(preset, program)
                .map(served -> healthPath(preset, program)
                        .filter(_ -> served.isPlain())
                        .<Check>map(path -> new Check.Http(served.url(path)))
                        .orElse(new Check.Tcp(served.host(), served.port())));
    }

    /** Empty where no path answers without a key or a session. */
    private static Optional<String> healthPath(Presets preset, Program program) {
        List<String> command = program.command();
        return switch (preset) {
            case A1111, FORGE -> command.contains("--nowebui") ? Optional.empty() : Optional.of("/internal/ping");
            case INVOKEAI -> Optional.of("/api/v1/app/version");
            case OLLAMA -> Optional.of("/api/version");
            case VLLM -> Optional.of("/health");
            case TEXTGEN -> command.contains("--api-key") ? Optional.empty() : Optional.of("/v1/internal/health");
            case SWARMUI, COMFYUI, JUPYTERLAB, GENERIC -> Optional.empty();
        };
    }

    /** A vLLM's port counts for nothing where it listens on a socket, or only works for another one. */
    private static boolean isOnItsPort(List<String> command) {
        return !isGiven(command, "--uds") && !isGiven(command, "--headless");
    }

    private static Optional<Served> flagged(Program program, String portFlag, String hostFlag) {
        List<String> command = program.command();
        OptionalInt port = port(command, portFlag);
        boolean isPlain = ELSEWHERE.stream().noneMatch(flag -> isGiven(command, flag));
        return port.isEmpty()
                ? Optional.empty()
                : Optional.of(new Served(host(command, hostFlag), port.getAsInt(), isPlain));
    }

    /** The last one counts, as for the programs themselves. */
    public static OptionalInt port(List<String> command, String flag) {
        return values(command, flag).stream()
                .flatMapToInt(value -> ServedPorts.port(value).stream())
                .reduce((_, last) -> last);
    }

    /** Where a program is reached that listens where {@code flag} says: the last one counts, none means all addresses. */
    public static String host(List<String> command, String flag) {
        List<String> values = values(command, flag);
        return values.isEmpty() ? LOOPBACK : reached(List.of(values.getLast().split(",", -1)));
    }

    /** Of an option, each time that it is given: empty where none follows. */
    private static List<String> values(List<String> command, String flag) {
        List<String> values = new ArrayList<>();
        for (int i = 0; i < command.size(); i++) {
            String word = command.get(i);
            if (word.startsWith(flag + "=")) {
                values.add(word.substring(flag.length() + 1));
            } else if (word.equals(flag)) {
                boolean hasValue = i + 1 < command.size() && !command.get(i + 1).startsWith("-");
                values.add(hasValue ? command.get(i + 1) : "");
            }
        }
        return values;
    }

    /** Of several addresses loopback, where it is one of them. */
    private static String reached(List<String> listened) {
        if (listened.stream().anyMatch(ALL::contains)) {
            return LOOPBACK;
        }
        String first = listened.getFirst();
        if (listened.stream().anyMatch(ALL_6::contains)) {
            return "[::1]";
        }
        return first.contains(":") && !first.startsWith("[") ? "[" + first + "]" : first;
    }

    /** Its API is another server than its page, and is there only where it is asked for. */
    private static Optional<Served> textgen(Program program) {
        List<String> command = program.command();
        boolean hasApi = command.stream().anyMatch(TEXTGEN_API::contains);
        boolean isListening = command.contains("--listen");
        return flagged(program, "--api-port", "--listen-host")
                .filter(_ -> hasApi)
                .map(served -> isListening ? served : new Served(LOOPBACK, served.port(), served.isPlain()));
    }

    private static Optional<Served> invokeAi(Map<String, String> environment) {
        String host = environment.getOrDefault("INVOKEAI_HOST", "").strip();
        boolean isPlain = !environment.containsKey("INVOKEAI_SSL_CERTFILE");
        OptionalInt port =
                ServedPorts.port(environment.getOrDefault("INVOKEAI_PORT", "").strip());
        return port.isEmpty() ? Optional.empty() : Optional.of(at(host, port.getAsInt(), isPlain));
    }

    /** {@code address} is {@code HOST:PORT}, also with {@code http://} before and a path behind it. */
    private static Optional<Served> ollama(String address) {
        String plain = address.strip().replaceFirst("^http://", "");
        String text = plain.contains("://") ? "" : plain.replaceFirst("/.*", "");
        int colon = text.lastIndexOf(':');
        OptionalInt port = ServedPorts.port(text.substring(colon + 1));
        return port.isEmpty()
                ? Optional.empty()
                : Optional.of(at(colon < 0 ? "" : text.substring(0, colon), port.getAsInt(), true));
    }

    private static Served at(String host, int port, boolean isPlain) {
        return new Served(reached(List.of(host)), port, isPlain);
    }
}
