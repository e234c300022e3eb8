package org.jupyterrestart.config;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Checks that every app that another one depends on exists, and that none depends on itself in the end. */
final class Dependencies {
    private final Map<String, AppSpec> apps;

    private Dependencies(List<AppSpec> apps) {
        this.apps = apps.stream().collect(Collectors.toMap(AppSpec::name, Function.identity()));
    }

    /** {@code section} is the one that holds the apps. */
    static void check(List<AppSpec> apps, TomlSection section) {
        Dependencies dependencies = new Dependencies(apps);
        for (AppSpec app : apps) {
            TomlSection own = section.section(app.name()).orElseThrow();
            for (String name : app.dependsOn()) {
                if (!dependencies.apps.containsKey(name)) {
                    String hint = Nearest.to(name, dependencies.apps.keySet())
                            .map("did you mean \"%s\"?"::formatted)
                            .orElse("add it or take the name out");
                    own.refuse("depends_on", "there is no app \"%s\": %s".formatted(name, hint));
                }
            }
            if (dependencies.reaches(app.name(), app.name(), new HashSet<>())) {
                own.refuse("depends_on", "the app depends on itself in the end: take one of the names out");
            }
        }
    }

    private boolean reaches(String from, String goal, Set<String> seen) {
        return seen.add(from)
                && apps.containsKey(from)
                && apps.get(from).dependsOn().stream().anyMatch(next -> next.equals(goal) || reaches(next, goal, seen));
    }
}
