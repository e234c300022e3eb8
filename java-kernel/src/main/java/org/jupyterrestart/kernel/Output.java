package org.jupyterrestart.kernel;

import java.util.ArrayList;
import java.util.List;

/** What a command shows, once as text and once as HTML. */
record Output(String text, String html) {
    /** Text in the notebook's own font for code, as it is. */
    static Output plain(String text) {
        return new Output(text, "<pre>%s</pre>".formatted(escape(text)));
    }

    /** One sentence. */
    static Output sentence(String text) {
        return new Output(text, "<p>%s</p>".formatted(escape(text)));
    }

    /** Columns as wide as they need to be; the HTML takes its colours from Jupyter's theme. */
    static Output table(List<String> head, List<List<String>> rows) {
        List<List<String>> all = new ArrayList<>(rows);
        all.addFirst(head);
        StringBuilder text = new StringBuilder();
        for (List<String> row : all) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < row.size(); i++) {
                line.append(row.get(i))
                        .append(" ".repeat(width(all, i) - row.get(i).length() + 2));
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return new Output(text.toString().stripTrailing(), html(head, rows));
    }

    private static int width(List<List<String>> rows, int column) {
        return rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
    }

    private static String html(List<String> head, List<List<String>> rows) {
        StringBuilder html = new StringBuilder(
                "<table style=\"color: var(--jp-content-font-color1); border-color: var(--jp-border-color2)\"><thead>");
        appendRow(html, "th", head);
        html.append("</thead><tbody>");
        rows.forEach(row -> appendRow(html, "td", row));
        return html.append("</tbody></table>").toString();
    }

    private static void appendRow(StringBuilder html, String element, List<String> cells) {
        html.append("<tr>");
        for (String cell : cells) {
            html.append("<%1$s style=\"text-align: left\">%2$s</%1$s>".formatted(element, escape(cell)));
        }
        html.append("</tr>");
    }

    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    /** Both, one below the other. */
    Output then(Output next) {
        return new Output(text + "\n\n" + next.text, html + next.html);
    }
}
