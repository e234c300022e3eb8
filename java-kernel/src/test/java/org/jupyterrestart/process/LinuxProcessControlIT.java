package org.jupyterrestart.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Apps that are our own children. */
class LinuxProcessControlIT extends ProcessControlBehaviour {
    @Override
    LinuxProcessControl openControl() {
        return LinuxProcessControl.withoutKeeper("this is its test");
    }

    @Test
    void anOrphanWithAnotherMarkAndSessionIsAStranger() {
        ProcessIdentity root = lab.startShell("setsid sleep 1000 & echo $!");
        lab.awaitExit(root);
        int orphan = Integer.parseInt(lab.awaitLines(1).getFirst());

        ProcessLab.await(
                "it has left the session",
                () -> control.tree(root, "another mark").isEmpty());
        assertTrue(control.identify(orphan).isPresent());
    }

    @Test
    void anExecInPlaceIsAnotherImageOfTheSameProcess() {
        ProcessIdentity root = lab.startShell(
                "trap 'exec sh -c \"echo again; exec sleep 1000\"' USR1; echo up; while :; do sleep 0.05; done");
        lab.awaitLines(1);
        Optional<String> first = control.imageOf(root);
        assertEquals(first, control.imageOf(root));
        control.signal(root, 10);
        lab.awaitLines(2);
        assertNotEquals(first, control.imageOf(root));
        assertTrue(first.isPresent() && control.isAlive(root));
        control.signal(root, 9);
        lab.awaitExit(root);
        assertEquals(Optional.empty(), control.imageOf(root));
    }

    @Test
    void whatIsNotGuaranteedIsSaid() {
        assertEquals(
                new Guarantees(
                        false,
                        "Apps run without a keeper, because this is its test: how an app ended while the service was "
                                + "away may stay unknown, and a process it left is found by its session or environment only."),
                control.guarantees());
    }
}
