package org.jupyterrestart.config;

import java.time.Duration;
import java.util.List;

/**
 * How an app's health is checked.
 *
 * @param failures how many in a row mean that it hangs
 */
public record ProbeSpec(Check check, Duration every, Duration timeout, int failures) {
    public static final Duration EVERY = Duration.ofSeconds(15);
    public static final Duration TIMEOUT = Duration.ofSeconds(5);
    public static final int FAILURES = 4;

    /** What is asked. */
    public sealed interface Check {
        /** Any answer with a status from 200 to 399 is good. */
        record Http(String url) implements Check {}

        /** A connection is good. */
        record Tcp(String host, int port) implements Check {}

        /** Exit code 0 is good. */
        record Exec(List<String> command) implements Check {
            public Exec {
                command = List.copyOf(command);
            }
        }

        /** The CPU time of the tree must grow. */
        record Progress() implements Check {}
    }
}
