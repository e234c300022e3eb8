package org.jupyterrestart.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLDecoder;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jupyterrestart.supervisor.RefusedException;

/**
 * One line of the method table.
 *
 * @param template the path as the contract writes it: {@code /v1/apps/{name}}
 * @param status the HTTP status of a success
 */
record Route(String method, String template, int status, Handler handler) {
    /** Answers with a record of the contract, a String that is JSON already, or a text that is none. */
    @FunctionalInterface
    interface Handler {
        Object answer(Request request) throws ApiProblem, RefusedException, InterruptedException;
    }

    /** The named parts of {@code rawPath}, where it is of this template. */
    Optional<Map<String, String>> match(String rawPath) {
        String[] pattern = template.split("/", -1);
        String[] parts = rawPath.split("/", -1);
        if (pattern.length != parts.length) {
            return Optional.empty();
        }
        Map<String, String> named = new HashMap<>();
        for (int i = 0; i < pattern.length; i++) {
            if (pattern[i].startsWith("{") && !parts[i].isEmpty()) {
                // Plus is itself in a path, unlike in a query.
                String part = URLDecoder.decode(parts[i].replace("+", "%2B"), UTF_8);
                named.put(pattern[i].substring(1, pattern[i].length() - 1), part);
            } else if (!pattern[i].equals(parts[i])) {
                return Optional.empty();
            }
        }
        return Optional.of(Map.copyOf(named));
    }
}
