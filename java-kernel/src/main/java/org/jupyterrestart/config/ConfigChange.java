package org.jupyterrestart.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What a config says otherwise than the one before it.
 *
 * @param removed names of apps that it no longer speaks of
 * @param isHomeOther whether it names another state folder, which a service can't change while it runs
 */
public record ConfigChange(List<AppSpec> added, List<Edit> edited, List<String> removed, boolean isHomeOther) {
    public ConfigChange {
        added = List.copyOf(added);
        edited = List.copyOf(edited);
        removed = List.copyOf(removed);
    }

    /** One app, before and after. */
    public record Edit(AppSpec before, AppSpec after) {
        /** What a process is made of can't be changed once it is made. */
        boolean isForNextStart() {
            return !before.program().equals(after.program());
        }
    }

    public static ConfigChange between(Config before, Config after) {
        List<AppSpec> added = after.apps().stream()
                .filter(spec -> before.app(spec.name()).isEmpty())
                .toList();
        List<Edit> edited = after.apps().stream()
                .flatMap(spec -> before.app(spec.name()).map(old -> new Edit(old, spec)).stream())
                .filter(edit -> !edit.before().equals(edit.after()))
                .toList();
        List<String> removed = names(before.apps()).stream()
                .filter(name -> after.app(name).isEmpty())
                .toList();
        return new ConfigChange(
                added,
                edited,
                removed,
                !before.service().home().equals(after.service().home()));
    }

    /** For people: what counts now, and what only later. */
    public String describe(Optional<Path> file) {
        List<String> parts = new ArrayList<>();
        addNames(parts, "new", names(added));
        addNames(parts, "changed", editedNames());
        addNames(parts, "no longer in it", removed);
        addNames(parts, "with a new command from the next start on", nextStart());
        if (isHomeOther) {
            parts.add("the new home counts when the service is started again");
        }
        String what =
                "The config %s is in force".formatted(file.map(Path::toString).orElse("without a file"));
        return parts.isEmpty() ? what : what + ". " + capital(String.join("; ", parts));
    }

    public Map<String, Object> data(Optional<Path> file) {
        Map<String, Object> data = new LinkedHashMap<>();
        file.ifPresent(path -> data.put("file", path.toString()));
        data.put("added", names(added));
        data.put("changed", editedNames());
        data.put("removed", removed);
        data.put("next_start", nextStart());
        return data;
    }

    private List<String> editedNames() {
        return names(edited.stream().map(Edit::after).toList());
    }

    private List<String> nextStart() {
        return names(
                edited.stream().filter(Edit::isForNextStart).map(Edit::after).toList());
    }

    private static List<String> names(List<AppSpec> specs) {
        return specs.stream().map(AppSpec::name).toList();
    }

    private static void addNames(List<String> parts, String what, List<String> names) {
        if (!names.isEmpty()) {
            parts.add(what + ": " + String.join(", ", names));
        }
    }

    private static String capital(String text) {
        return text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
    }
}
