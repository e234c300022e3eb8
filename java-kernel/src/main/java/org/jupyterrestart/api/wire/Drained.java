package org.jupyterrestart.api.wire;

import java.util.List;
import org.jupyterrestart.supervisor.Control.UnsavedDocument;

/** One browser tab's answer to {@code restart.draining}: its documents are saved. */
public record Drained(String restartId, String client, List<String> saved, List<UnsavedDocument> unsaved) {}
