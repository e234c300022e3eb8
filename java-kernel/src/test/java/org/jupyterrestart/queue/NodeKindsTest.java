package org.jupyterrestart.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Which nodes are said to be gone. */
class NodeKindsTest {
    private static final NodeKinds THREE = NodeKinds.NONE.in("run 1", Set.of("c", "a", "b"));

    @Test
    void nothingIsGoneInTheFirstRun() {
        assertEquals(new NodeKinds("run 1", List.of("a", "b", "c"), List.of()), THREE);
    }

    @Test
    void whatTheRunBeforeHadIsGone() {
        NodeKinds next = THREE.in("run 2", Set.of("b", "d"));
        assertEquals(new NodeKinds("run 2", List.of("b", "d"), List.of("a", "c")), next);
        assertEquals("2 nodes are gone since its last start: a, c", next.told());
        assertEquals(List.of(), next.in("run 3", Set.of("b", "d")).gone());
    }

    @Test
    void fewAreNamed() {
        NodeKinds many = NodeKinds.NONE.in("run 1", Set.of("a", "b", "c", "d", "e", "f", "g"));
        assertEquals(
                "7 nodes are gone since its last start: a, b, c, d, e and 2 more",
                many.in("run 2", Set.of()).told());
        assertEquals(
                "1 node is gone since its last start: g",
                many.in("run 2", Set.of("a", "b", "c", "d", "e", "f")).told());
    }
}
