package org.jupyterrestart.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jupyterrestart.api.wire.ProblemCode;

/**
 * Who may ask. The token keeps other users out, Host and Origin keep web pages out: a page whose name was rebound to
 * 127.0.0.1 shows itself by its Host, any other by its Origin.
 */
final class RequestGuard {
    private static final String SCHEME = "Bearer ";

    private final byte[] token;
    private final Set<String> hosts;

    RequestGuard(String token, int port) {
        this.token = token.getBytes(UTF_8);
        hosts = Set.of("127.0.0.1:" + port, "localhost:" + port);
    }

    /** Headers as they came; empty lists for those that did not. */
    record Credentials(List<String> host, List<String> origin, List<String> authorization) {}

    /** Empty for who may. */
    Optional<ApiProblem> refuse(Credentials credentials) {
        if (credentials.host().size() != 1 || !hosts.contains(credentials.host().getFirst())) {
            return Optional.of(new ApiProblem(
                    ProblemCode.FORBIDDEN,
                    "The Host header is %s: ask for 127.0.0.1 with the port of endpoint.json."
                            .formatted(credentials.host())));
        }
        for (String origin : credentials.origin()) {
            if (!origin.startsWith("http://") || !hosts.contains(origin.substring("http://".length()))) {
                return Optional.of(new ApiProblem(
                        ProblemCode.FORBIDDEN,
                        "A page of \"%s\" may not ask: go through the Jupyter server.".formatted(origin)));
            }
        }
        boolean isKnown = credentials.authorization().stream().anyMatch(this::isToken);
        return isKnown
                ? Optional.empty()
                : Optional.of(new ApiProblem(
                        ProblemCode.UNAUTHORIZED,
                        "The header \"Authorization: Bearer TOKEN\" is missing or wrong: the token is in"
                                + " endpoint.json."));
    }

    /** Takes as long for a token that is nearly right as for any other. */
    private boolean isToken(String authorization) {
        return authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
                && MessageDigest.isEqual(
                        token, authorization.substring(SCHEME.length()).getBytes(UTF_8));
    }
}
