package org.jupyterrestart.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.tomlj.Toml;

/** Writes a {@link ConfigTree} as people write {@code restart.toml}. */
public final class TomlText {
    private final Map<String, String> notes;
    private final List<String> lines = new ArrayList<>();

    private TomlText(Map<String, String> notes) {
        this.notes = notes;
    }

    /**
     * One line an element.
     *
     * @param notes comments, by the dotted path of their key
     */
    public static List<String> lines(Map<String, Object> tree, Map<String, String> notes) {
        TomlText text = new TomlText(notes);
        tree.forEach(text::section);
        return List.copyOf(text.lines);
    }

    private void section(String name, Object content) {
        switch (content) {
            case List<?> tables -> tables.forEach(table -> table("[[" + name + "]]", name, table));
            case Map<?, ?> apps
            when name.equals("app") ->
                apps.forEach((app, table) -> {
                    String path = name + "." + key(app);
                    table("[" + path + "]", name + "." + app, table);
                });
            default -> table("[" + name + "]", name, content);
        }
    }

    private void table(String head, String path, Object table) {
        if (!lines.isEmpty()) {
            lines.add("");
        }
        lines.add(head);
        ((Map<?, ?>) table).forEach((key, value) -> {
            String note = notes.get(path + "." + key);
            lines.add(key(key) + " = " + value(value) + (note == null ? "" : "  # " + note));
        });
    }

    /** One value; a list or an inline table in one line. */
    static String value(Object value) {
        return switch (value) {
            case List<?> values -> values.stream().map(TomlText::value).collect(Collectors.joining(", ", "[", "]"));
            case Map<?, ?> table when table.isEmpty() -> "{}";
            case Map<?, ?> table ->
                table.entrySet().stream()
                        .map(entry -> key(entry.getKey()) + " = " + value(entry.getValue()))
                        .collect(Collectors.joining(", ", "{ ", " }"));
            case String text -> quoted(text);
            default -> value.toString();
        };
    }

    private static String key(Object key) {
        String text = key.toString();
        return text.matches("[A-Za-z0-9_-]+") ? text : quoted(text);
    }

    private static String quoted(String text) {
        return "\"" + Toml.tomlEscape(text) + "\"";
    }
}
