package org.jupyterrestart.lifecycle;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/** The signals that stop an app's tree, in order. The last is repeated after its grace, until the tree is empty. */
public record StopSequence(List<Stage> stages) {
    public static final int INT = 2;
    public static final int TERM = 15;
    public static final int KILL = 9;

    /** Those that may stop an app, by their names. */
    public static final Map<String, Integer> SIGNALS =
            Map.of("HUP", 1, "INT", INT, "QUIT", 3, "KILL", KILL, "USR1", 10, "USR2", 12, "TERM", TERM);

    /** How often an unanswered KILL is repeated. */
    public static final Duration KILL_GRACE = Duration.ofSeconds(5);

    public static final StopSequence DEFAULT = termThenKill(Duration.ofSeconds(10));

    public StopSequence {
        stages = List.copyOf(stages);
        if (stages.isEmpty() || stages.getLast().signal() != KILL) {
            throw new IllegalArgumentException("a stop sequence must end in KILL");
        }
    }

    /** One signal to the whole tree, and how long it has to work. */
    public record Stage(int signal, Duration grace) {
        public Stage {
            if (!grace.isPositive()) {
                throw new IllegalArgumentException("grace must be positive, not " + grace);
            }
        }

        /** As people and the config write it. */
        public String signalName() {
            return SIGNALS.entrySet().stream()
                    .filter(known -> known.getValue() == signal)
                    .map(Map.Entry::getKey)
                    .findFirst()
                    .orElse("signal " + signal);
        }
    }

    public static StopSequence termThenKill(Duration grace) {
        return new StopSequence(List.of(new Stage(TERM, grace), new Stage(KILL, KILL_GRACE)));
    }

    /** The stage with this index; behind the last, the last again. */
    public Stage stage(int index) {
        return stages.get(Math.min(index, stages.size() - 1));
    }

    public boolean isLast(int index) {
        return index >= stages.size() - 1;
    }
}
