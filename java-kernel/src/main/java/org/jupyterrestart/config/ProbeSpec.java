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

        /** Any answer is good, whatever its status and certificate: whoever answers does not hang. */
        record LifeSign(String url) implements Check {}

        /**
         * Any answer is good, and so is any CPU time that the server, or one that is to follow it, has used since the last
         * look: one that starts on a busy machine is long without an answer, but is not still.
         */
        record Stir(String url) implements Check {}

        /** A connection is good. */
        record Tcp(String host, int port) implements Check {}

        /** Exit code 0 is good. */
        record Exec(List<String> command) implements Check {
            public Exec {
                command = List.copyOf(command);
            }
        }

        /**
         * ComfyUI must answer, and while it has prompts something must move.
         *
         * @param url without a path
         * @param stall how long nothing may move: no step of a prompt, no prompt's end, no output
         */
        record Queue(String url, Duration stall) implements Check {
            public static final Duration STALL = Duration.ofMinutes(30);
        }

        /**
         * Something must change from check to check, as long as there is work.
         *
         * @param busy exit code 0 says that there is; empty for always
         */
        record Progress(Trace trace, List<String> busy) implements Check {
            public Progress {
                busy = List.copyOf(busy);
            }
        }
    }

    /** What changes while an app makes progress. */
    public sealed interface Trace {
        /** The CPU time of its processes. */
        record Cpu() implements Trace {}

        /** What it prints. */
        record Output() implements Trace {}

        /** The size or time of a file, or of a folder's entries. */
        record Path(java.nio.file.Path path) implements Trace {}
    }
}
