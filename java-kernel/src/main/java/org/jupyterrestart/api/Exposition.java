package org.jupyterrestart.api;

import java.util.Locale;
import java.util.StringJoiner;

/**
 * Prometheus' text format, written line by line: https://prometheus.io/docs/instrumenting/exposition_formats/. A metric
 * without a sample is left out.
 */
final class Exposition {
    static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final StringBuilder text = new StringBuilder();

    /** What is sent. */
    record Text(String body) {}

    Text text() {
        return new Text(text.toString());
    }

    /** Begins a metric; its samples follow. */
    Family family(String name, String type, String help) {
        return new Family(name, "# HELP %s %s\n# TYPE %s %s\n".formatted(name, help, name, type));
    }

    /** One metric with its samples. */
    final class Family {
        private final String name;
        private String pendingHead;

        private Family(String name, String head) {
            this.name = name;
            pendingHead = head;
        }

        /** @param labels names and values in turn */
        Family sample(double value, String... labels) {
            return sample("", value, labels);
        }

        /** {@code suffix} is what summaries have: {@code _sum}, {@code _count}. */
        Family sample(String suffix, double value, String... labels) {
            text.append(pendingHead)
                    .append(name)
                    .append(suffix)
                    .append(render(labels))
                    .append(' ')
                    .append(render(value))
                    .append('\n');
            pendingHead = "";
            return this;
        }
    }

    private static String render(String... labels) {
        if (labels.length == 0) {
            return "";
        }
        StringJoiner joined = new StringJoiner(",", "{", "}");
        for (int i = 0; i < labels.length; i += 2) {
            joined.add("%s=\"%s\"".formatted(labels[i], escaped(labels[i + 1])));
        }
        return joined.toString();
    }

    private static String escaped(String value) {
        return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    }

    private static String render(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? Long.toString((long) value)
                : String.format(Locale.ROOT, "%.3f", value);
    }
}
