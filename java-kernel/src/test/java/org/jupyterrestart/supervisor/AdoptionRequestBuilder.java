package org.jupyterrestart.supervisor;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jupyterrestart.lifecycle.Note;
import org.jupyterrestart.supervisor.Control.AdoptionRequest;

/** What is told of a process that is to be adopted; what a test does not speak of is absent. */
public final class AdoptionRequestBuilder {
    private final int pid;
    private final OptionalInt port;
    private final Optional<String> preset;
    private final boolean inPlace;
    private OptionalInt serving = OptionalInt.empty();
    private OptionalInt standby = OptionalInt.empty();
    private Optional<String> restartId = Optional.empty();
    private Optional<String> url = Optional.empty();
    private Map<String, Object> kept = Map.of();
    private boolean tookOver;
    private boolean respawn;
    private List<Note> notes = List.of();

    private AdoptionRequestBuilder(int pid, OptionalInt port, Optional<String> preset, boolean inPlace) {
        this.pid = pid;
        this.port = port;
        this.preset = preset;
        this.inPlace = inPlace;
    }

    /** As a user names it by its pid. */
    public static AdoptionRequestBuilder process(int pid) {
        return new AdoptionRequestBuilder(pid, OptionalInt.empty(), Optional.empty(), false);
    }

    /** As a Jupyter server says hello. */
    public static AdoptionRequestBuilder server(int pid, int port) {
        return new AdoptionRequestBuilder(pid, OptionalInt.of(port), Optional.of("jupyterlab"), true);
    }

    /** Behind a front, whose pid is the request's. */
    public AdoptionRequestBuilder serving(OptionalInt value) {
        serving = value;
        return this;
    }

    public AdoptionRequestBuilder standby(OptionalInt value) {
        standby = value;
        return this;
    }

    /** It is back from this restart, and what it kept. */
    public AdoptionRequestBuilder backFrom(Optional<String> restart, Map<String, Object> details) {
        restartId = restart;
        kept = restart.isPresent() ? details : Map.of();
        return this;
    }

    public AdoptionRequestBuilder url(String value) {
        url = Optional.of(value);
        return this;
    }

    public AdoptionRequestBuilder tookOver(boolean value) {
        tookOver = value;
        return this;
    }

    public AdoptionRequestBuilder respawn(boolean value) {
        respawn = value;
        return this;
    }

    public AdoptionRequestBuilder notes(List<Note> value) {
        notes = value;
        return this;
    }

    public AdoptionRequest build() {
        return new AdoptionRequest(
                pid,
                serving,
                standby,
                preset,
                port,
                inPlace,
                restartId,
                url,
                kept,
                tookOver,
                respawn,
                Optional.empty(),
                notes);
    }
}
