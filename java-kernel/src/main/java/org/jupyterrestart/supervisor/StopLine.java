package org.jupyterrestart.supervisor;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jupyterrestart.lifecycle.App;

/**
 * Apps that are to be stopped together, each when none of the others is left that depends on it. Where the service is
 * killed meanwhile, those that still wait go on: the next service does not know of them. On the loop.
 */
final class StopLine {
    private final Apps apps;
    private final List<String> group = new ArrayList<>();
    private final List<String> waiting = new ArrayList<>();

    StopLine(Apps apps) {
        this.apps = apps;
    }

    void add(List<App> more) {
        more.stream().map(App::name).forEach(name -> {
            group.add(name);
            waiting.add(name);
        });
    }

    /** Somebody wants it up again. */
    void forget(String name) {
        waiting.remove(name);
    }

    /** The names of those whose turn has come; they wait no longer. */
    List<String> due() {
        if (waiting.isEmpty()) {
            return List.of();
        }
        List<App> left = group.stream()
                .flatMap(name -> apps.find(name).stream())
                .filter(app -> !app.state().isAtRest())
                .toList();
        Set<String> free = notNeeded(left).map(App::name).collect(Collectors.toSet());
        List<String> due = waiting.stream().filter(free::contains).distinct().toList();
        Set<String> names = left.stream().map(App::name).collect(Collectors.toSet());
        waiting.removeIf(name -> free.contains(name) || !names.contains(name));
        if (waiting.isEmpty()) {
            group.clear();
        }
        return due;
    }

    /** Of apps that are left, those that no other of them depends on. */
    static Stream<App> notNeeded(List<App> left) {
        Set<String> needed = left.stream()
                .flatMap(app -> app.spec().dependsOn().stream().filter(name -> !name.equals(app.name())))
                .collect(Collectors.toSet());
        return left.stream().filter(app -> !needed.contains(app.name()));
    }
}
