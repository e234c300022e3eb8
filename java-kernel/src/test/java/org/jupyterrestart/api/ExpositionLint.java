package org.jupyterrestart.api;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The rules of Prometheus' text format, and of good names as {@code promtool check metrics} has them, read from
 * https://prometheus.io/docs/instrumenting/exposition_formats/ and .../docs/practices/naming/.
 */
final class ExpositionLint {
    private static final Pattern NAME = Pattern.compile("[a-zA-Z_:][a-zA-Z0-9_:]*");
    private static final Pattern LABEL =
            Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\\\\n]|\\\\[\\\\\"n])*)\"");
    private static final Pattern VALUE = Pattern.compile("[+-]?(?:\\d+(?:\\.\\d+)?(?:[eE][+-]?\\d+)?|Inf)|NaN");
    private static final Pattern SAMPLE = Pattern.compile("([^{ ]+)(?:\\{(.*)})? ([^ ]+)");
    private static final Set<String> TYPES = Set.of("counter", "gauge", "histogram", "summary", "untyped");
    private static final Set<String> PARTS = Set.of("_sum", "_count", "_bucket");

    private final Map<String, String> types = new HashMap<>();
    private final Set<String> helped = new HashSet<>();
    private final Set<String> closed = new HashSet<>();
    private final Set<String> series = new HashSet<>();
    private final List<String> problems = new ArrayList<>();
    private Optional<String> open = Optional.empty();

    private ExpositionLint() {}

    /** What is wrong with {@code text}, each in one sentence. */
    static List<String> problems(String text) {
        ExpositionLint lint = new ExpositionLint();
        if (!text.isEmpty() && !text.endsWith("\n")) {
            lint.problems.add("the last line does not end");
        }
        text.lines().forEach(lint::line);
        return lint.problems;
    }

    /** The labels between the braces; empty where they are none. */
    static Optional<Map<String, String>> labels(String text) {
        Map<String, String> labels = new TreeMap<>();
        Matcher label = LABEL.matcher(text);
        int at = 0;
        while (at < text.length()) {
            boolean isNext = at == 0 || text.charAt(at++) == ',';
            if (!isNext || !label.find(at) || label.start() != at || labels.containsKey(label.group(1))) {
                return Optional.empty();
            }
            labels.put(label.group(1), unescaped(label.group(2)));
            at = label.end();
        }
        return Optional.of(labels);
    }

    private static String unescaped(String value) {
        return Pattern.compile("\\\\(.)")
                .matcher(value)
                .replaceAll(it -> Matcher.quoteReplacement(it.group(1).equals("n") ? "\n" : it.group(1)));
    }

    private void line(String line) {
        if (line.startsWith("# HELP ")) {
            String[] words = line.split(" ", 4);
            check(words.length == 4 && !words[3].isBlank(), "no help: " + line);
            check(helped.add(words[2]), "helped twice: " + line);
            begin(words[2], line);
        } else if (line.startsWith("# TYPE ")) {
            String[] words = line.split(" ", -1);
            check(words.length == 4 && TYPES.contains(words[3]), "no type: " + line);
            check(types.put(words[2], words[3]) == null, "typed twice: " + line);
            begin(words[2], line);
            checkName(words[2], words[3]);
        } else {
            sample(line);
        }
    }

    /** All lines of a metric stand together. */
    private void begin(String name, String line) {
        if (!open.equals(Optional.of(name))) {
            open.ifPresent(closed::add);
            open = Optional.of(name);
        }
        check(NAME.matcher(name).matches(), "no name: " + line);
        check(!closed.contains(name), "comes again: " + line);
    }

    private void checkName(String name, String type) {
        check(type.equals("counter") == name.endsWith("_total"), "counters, and they alone, end in _total: " + name);
        check(PARTS.stream().noneMatch(name::endsWith), "ends like a part of another metric: " + name);
        check(name.equals(name.toLowerCase(Locale.ROOT)), "not in lower case: " + name);
        check(!name.matches(".*_(ms|milliseconds|minutes|hours|kb|mb|gb|percent)(_total)?"), "no base unit: " + name);
    }

    private void sample(String line) {
        Matcher sample = SAMPLE.matcher(line);
        if (!sample.matches()) {
            problems.add("no sample: " + line);
            return;
        }
        String metric = metricOf(sample.group(1));
        check(types.containsKey(metric) && helped.contains(metric), "neither HELP nor TYPE before: " + line);
        check(open.equals(Optional.of(metric)), "apart from its metric: " + line);
        check(VALUE.matcher(sample.group(3)).matches(), "no number: " + line);
        check(!"counter".equals(types.get(metric)) || !sample.group(3).startsWith("-"), "counts down: " + line);
        Optional<Map<String, String>> labels =
                labels(Optional.ofNullable(sample.group(2)).orElse(""));
        check(labels.isPresent(), "no labels: " + line);
        labels.ifPresent(it -> check(series.add(sample.group(1) + it), "the same series twice: " + line));
    }

    private String metricOf(String name) {
        return PARTS.stream()
                .filter(name::endsWith)
                .map(part -> name.substring(0, name.length() - part.length()))
                .filter(whole -> Set.of("summary", "histogram").contains(types.getOrDefault(whole, "")))
                .findFirst()
                .orElse(name);
    }

    private void check(boolean isRight, String problem) {
        if (!isRight) {
            problems.add(problem);
        }
    }
}
