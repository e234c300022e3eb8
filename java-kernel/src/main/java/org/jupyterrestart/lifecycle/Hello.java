package org.jupyterrestart.lifecycle;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jupyterrestart.config.Life;
import org.jupyterrestart.config.Program;

/**
 * What a running app says of itself when it is taken under supervision.
 *
 * @param servingPid the process that answers, where the watched one is only its front
 * @param standbyPid the process that takes over should that one end
 * @param port the TCP port it serves
 * @param url where people open it
 * @param respawn how it can be started again; empty when the service must not
 * @param notes what people should know of it
 */
public record Hello(
        Life life,
        OptionalInt servingPid,
        OptionalInt standbyPid,
        OptionalInt port,
        Optional<String> url,
        Optional<Program> respawn,
        List<Note> notes) {
    public Hello {
        notes = List.copyOf(notes);
    }

    Hello withoutNotes() {
        return new Hello(life, servingPid, standbyPid, port, url, respawn, List.of());
    }
}
