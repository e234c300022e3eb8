package org.jupyterrestart.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import org.jupyterrestart.config.ProbeSpec.Check;

/** On which ports an app is going to listen: by the address it is asked at, and by its command line. */
final class ServedPorts {
    private static final int HIGHEST = 65_535;
    private static final Set<String> THIS_MACHINE = Set.of("localhost", "127.0.0.1", "::1", "[::1]", "0.0.0.0");

    private ServedPorts() {}

    static Set<Integer> of(AppSpec spec) {
        Set<Integer> ports = new TreeSet<>();
        spec.probe().map(ProbeSpec::check).map(ServedPorts::of).ifPresent(port -> port.ifPresent(ports::add));
        Presets.find(spec.preset())
                .ifPresent(preset -> spec.program()
                        .flatMap(program -> Served.of(preset, program))
                        .filter(served -> THIS_MACHINE.contains(served.host()))
                        .ifPresent(served -> ports.add(served.port())));
        return ports;
    }

    private static OptionalInt of(Check check) {
        return switch (check) {
            case Check.Http(String url) -> of(url);
            case Check.LifeSign(String url) -> of(url);
            case Check.Stir(String url) -> of(url);
            case Check.Queue it -> of(it.url());
            case Check.Tcp(String host, int port) when THIS_MACHINE.contains(host) -> OptionalInt.of(port);
            case Check.Tcp _, Check.Exec _, Check.Progress _ -> OptionalInt.empty();
        };
    }

    private static OptionalInt of(String url) {
        try {
            URI uri = new URI(url);
            if (uri.getHost() == null || !THIS_MACHINE.contains(uri.getHost())) {
                return OptionalInt.empty();
            }
            int usual = "https".equals(uri.getScheme()) ? 443 : 80;
            return OptionalInt.of(uri.getPort() == -1 ? usual : uri.getPort());
        } catch (URISyntaxException _) {
            return OptionalInt.empty();
        }
    }

    static OptionalInt port(String word) {
        boolean isPort = word.matches("\\d{1,5}") && Integer.parseInt(word) > 0 && Integer.parseInt(word) <= HIGHEST;
        return isPort ? OptionalInt.of(Integer.parseInt(word)) : OptionalInt.empty();
    }
}
