package org.jupyterrestart.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NearestTest {
    private static final List<String> KEYS = List.of("command", "every", "enabled", "notice");

    @Test
    void aMistypedWordIsGuessed() {
        assertEquals(
                List.of("every", "command", "notice", "enabled"),
                List.of("evry", "comand", "Notice", "enable").stream()
                        .map(word -> Nearest.to(word, KEYS).orElse(""))
                        .toList());
    }

    @Test
    void anotherWordIsNot() {
        assertEquals(Optional.empty(), Nearest.to("colour", KEYS));
        assertEquals(Optional.empty(), Nearest.to("", KEYS));
        assertEquals(Optional.empty(), Nearest.to("every", List.of()));
    }
}
