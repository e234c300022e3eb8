package org.jupyterrestart.api;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** Fills up the last lines of a log from an older part of it, which can be read from its beginning only. */
final class LastLines {
    private LastLines() {}

    /** An older part, opened anew. */
    interface Part {
        BufferedReader open() throws IOException;
    }

    /** {@code lines} with the last ones of {@code part} before them, {@code n} together at most. */
    static List<String> before(List<String> lines, int n, Part part) throws IOException {
        Deque<String> last = new ArrayDeque<>();
        try (BufferedReader reader = part.open()) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                last.addLast(line);
                if (last.size() > n - lines.size()) {
                    last.removeFirst();
                }
            }
        }
        return LogFile.joined(List.copyOf(last), lines);
    }
}
