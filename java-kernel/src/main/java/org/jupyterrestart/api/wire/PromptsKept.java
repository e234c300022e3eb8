package org.jupyterrestart.api.wire;

import java.util.List;
import org.jupyterrestart.queue.KeptPrompt;

/** Prompts that are kept outside of an app's queue. */
public record PromptsKept(List<KeptPrompt> prompts) {}
