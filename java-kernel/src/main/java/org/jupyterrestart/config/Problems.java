package org.jupyterrestart.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.tomlj.TomlPosition;

/** All that is wrong with one file, collected while it is read: people want to correct it in one go. */
final class Problems {
    private final Path file;
    private final List<Problem> found = new ArrayList<>();

    Problems(Path file) {
        this.file = file;
    }

    private record Problem(int line, int column, String message) {}

    void add(TomlPosition at, String message) {
        found.add(new Problem(at.line(), at.column(), message));
    }

    boolean isEmpty() {
        return found.isEmpty();
    }

    /** As {@code FILE:LINE:COLUMN: message}, in the order of the file. */
    List<String> lines() {
        return found.stream()
                .sorted(Comparator.comparingInt(Problem::line).thenComparingInt(Problem::column))
                .map(problem -> "%s:%d:%d: %s".formatted(file, problem.line(), problem.column(), problem.message()))
                .distinct()
                .toList();
    }
}
