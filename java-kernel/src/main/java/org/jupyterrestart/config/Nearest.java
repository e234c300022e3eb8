package org.jupyterrestart.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Guesses what a mistyped word should have been. */
public final class Nearest {
    /** Each third of a word may have one mistake: more is another word. */
    private static final int LETTERS_PER_MISTAKE = 3;

    private Nearest() {}

    /** The candidate with the fewest letters to change; empty when none is near. */
    public static Optional<String> to(String word, Collection<String> candidates) {
        int allowed = (word.length() + LETTERS_PER_MISTAKE - 1) / LETTERS_PER_MISTAKE;
        return candidates.stream()
                .filter(candidate -> distance(word, candidate) <= allowed)
                .min(Comparator.comparingInt((String candidate) -> distance(word, candidate))
                        .thenComparing(Comparator.naturalOrder()));
    }

    /** Levenshtein's: letters to put in, take out or replace; case counts for nothing. */
    private static int distance(String from, String to) {
        String a = from.toLowerCase(Locale.ROOT);
        String b = to.toLowerCase(Locale.ROOT);
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
