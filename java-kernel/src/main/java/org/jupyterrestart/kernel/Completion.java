package org.jupyterrestart.kernel;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What the word at the cursor may become.
 *
 * @param start where the word begins in the cell
 * @param end the cursor
 */
record Completion(List<String> words, int start, int end) {
    /** @param apps asked only where an app can stand */
    static Completion at(String cell, int cursor, AppNames apps) {
        int end = Math.clamp(cursor, 0, cell.length());
        int lineStart = cell.lastIndexOf('\n', end - 1) + 1;
        String line = cell.substring(lineStart, end);
        int start = lineStart + line.length() - lastWord(line).length();
        List<String> words = candidates(line, apps)
                .filter(word -> word.startsWith(lastWord(line)))
                .toList();
        return new Completion(words, start, end);
    }

    /** Gives the names of the apps; none when the service is away. */
    @FunctionalInterface
    interface AppNames {
        List<String> get();
    }

    private static Stream<String> candidates(String line, AppNames apps) {
        String first = line.stripLeading().split("\\s+", 2)[0];
        boolean isFirst = line.stripLeading().equals(first);
        if (isFirst) {
            return Arrays.stream(Verb.values()).map(Verb::word);
        }
        Optional<Verb> verb = Verb.of(first);
        if (verb.isEmpty()) {
            return Stream.empty();
        }
        if (verb.get() == Verb.HELP) {
            return Arrays.stream(Verb.values()).map(Verb::word);
        }
        Stream<String> names = verb.get().takesApp() ? apps.get().stream() : Stream.empty();
        return Stream.concat(names, verb.get().options().stream());
    }

    private static String lastWord(String line) {
        return line.substring(line.length() - line.replaceFirst("^.*\\s", "").length());
    }
}
