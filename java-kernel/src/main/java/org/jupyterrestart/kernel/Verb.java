package org.jupyterrestart.kernel;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What a command begins with. */
enum Verb {
    STATUS("status [APP]", "Every app, or one: its state, the next restart, memory."),
    RESTART(
            "restart APP [--now] [--wait]",
            "Restart at once. Documents are saved, kernels live on. --now interrupts running work that can be run "
                    + "again, --wait returns when it is over."),
    POSTPONE(
            "postpone DURATION [APP]",
            "Put off the next scheduled restart by 30m, 2h, 1h30m; of all apps without APP."),
    ENABLE("enable [APP]", "Automatic restarts on; of all apps without APP."),
    DISABLE("disable [APP]", "Automatic restarts off; of all apps without APP."),
    START("start APP", "Start an app."),
    STOP("stop APP", "Stop an app; it stays stopped."),
    KERNELS(
            "kernels APP [ID…] [SIZE] [--all]",
            "Restart kernels of a JupyterLab that are idle: those named, those that have SIZE (4GB) and more, or all. "
                    + "Their variables are gone then."),
    EVENTS("events [N]", "The last N events, 10 without N."),
    LOGS("logs [APP] [N]", "The last N lines of the restart log, or of an app's own output; 20 without N."),
    PLAN("plan [APP]", "The next restarts, and what one would do now."),
    HELP("help [VERB]", "This list, or one line of it.");

    private final String usage;
    private final String help;

    Verb(String usage, String help) {
        this.usage = usage;
        this.help = help;
    }

    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    String usage() {
        return usage;
    }

    String help() {
        return help;
    }

    boolean takesApp() {
        return usage.contains("APP");
    }

    List<String> options() {
        return Arrays.stream(usage.split("[\\s\\[\\]]+"))
                .filter(word -> word.startsWith("--"))
                .toList();
    }

    static Optional<Verb> of(String word) {
        return Arrays.stream(values()).filter(verb -> verb.word().equals(word)).findFirst();
    }

    /** The verb that takes the fewest changes of a letter to get to. */
    static Verb nearest(String word) {
        return Arrays.stream(values())
                .min(Comparator.comparingInt(verb -> distance(verb.word(), word)))
                .orElseThrow();
    }

    /** Levenshtein's; row by row. */
    private static int distance(String from, String to) {
        int[] row = new int[to.length() + 1];
        Arrays.setAll(row, i -> i);
        for (int i = 1; i <= from.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int replaced = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[to.length()];
    }
}
