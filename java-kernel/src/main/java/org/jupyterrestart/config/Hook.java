package org.jupyterrestart.config;

import java.time.Duration;
import java.util.List;

/**
 * One thing to do around a restart.
 *
 * @param isRequired whether its failure calls the restart off
 */
public record Hook(Deed deed, Duration timeout, boolean isRequired) {
    public static final Duration TIMEOUT = Duration.ofSeconds(60);

    /** What is done. */
    public sealed interface Deed {
        /** Exit code 0 is success. */
        record Run(List<String> command) implements Deed {
            public Run {
                command = List.copyOf(command);
            }
        }

        /** A status from 200 to 299 is success. */
        record Http(Method method, String url) implements Deed {}
    }

    /** How an address is asked; only a POST says what happened. */
    public enum Method {
        POST,
        GET
    }
}
