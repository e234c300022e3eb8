package org.jupyterrestart.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.jupyterrestart.config.AppSpecBuilder;
import org.jupyterrestart.lifecycle.App;
import org.jupyterrestart.lifecycle.Now;

class StartOrderTest {
    private static final App DATABASE = app("database");
    private static final App SERVER = app("server", "database");
    private static final App PANEL = app("panel", "server", "database");
    private static final App LONER = app("loner");

    @Test
    void whatOthersNeedIsStoppedAfterThem() {
        assertEquals(List.of("panel", "loner"), next(DATABASE, SERVER, PANEL, LONER));
        assertEquals(List.of("server"), next(DATABASE, SERVER));
        assertEquals(List.of("database"), next(DATABASE));
    }

    private static List<String> next(App... left) {
        return StartOrder.notNeeded(List.of(left)).stream().map(App::name).toList();
    }

    private static App app(String name, String... needs) {
        return App.first(
                new AppSpecBuilder(name).dependsOn(Stream.of(needs).toList()).build(), 0, new Now(Instant.EPOCH, 0));
    }
}
