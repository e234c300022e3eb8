package org.jupyterrestart.config;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Apps that we know: what differs from {@link AppSpecBuilder}'s defaults, as far as it is sure for every user. */
public enum Presets {
    COMFYUI("ComfyUI", Life.STOP_START, 120),
    JUPYTERLAB("JupyterLab", Life.IN_PLACE, 120),
    A1111("Stable Diffusion WebUI", Life.STOP_START, 300),
    FORGE("Stable Diffusion WebUI Forge", Life.STOP_START, 300),
    INVOKEAI("InvokeAI", Life.STOP_START, 300),
    OLLAMA("Ollama", Life.STOP_START, 60),
    VLLM("vLLM", Life.STOP_START, 900),
    TEXTGEN("Text Generation WebUI", Life.STOP_START, 300),
    GENERIC("", Life.STOP_START, 120);

    private final String title;
    private final Life life;
    private final Duration startGrace;

    /** {@code startGraceSeconds} covers the loading of a large model from a slow disk, where the app does that first. */
    Presets(String title, Life life, int startGraceSeconds) {
        this.title = title;
        this.life = life;
        this.startGrace = Duration.ofSeconds(startGraceSeconds);
    }

    AppSpec.Work work() {
        return switch (this) {
            case COMFYUI -> AppSpec.Work.PROMPTS;
            case JUPYTERLAB -> AppSpec.Work.KERNELS;
            case A1111, FORGE, INVOKEAI, OLLAMA, VLLM, TEXTGEN, GENERIC -> AppSpec.Work.NONE;
        };
    }

    /** As config files write it. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The option that names the TCP port it listens on; empty where it takes none. */
    String portFlag() {
        return switch (this) {
            case COMFYUI, A1111, FORGE, VLLM -> "--port";
            case TEXTGEN -> "--listen-port";
            case JUPYTERLAB, INVOKEAI, OLLAMA, GENERIC -> "";
        };
    }

    public static List<String> wireNames() {
        return Arrays.stream(values()).map(Presets::wireName).toList();
    }

    public static Optional<Presets> find(String wireName) {
        return Arrays.stream(values())
                .filter(preset -> preset.wireName().equals(wireName))
                .findFirst();
    }

    /** The preset of an app that names none: the one of its own name, if there is one. */
    public static Presets ofApp(String app) {
        return find(app).orElse(GENERIC);
    }

    /** An app of this name, before anything that its user wrote. */
    public AppSpecBuilder start(String app) {
        return new AppSpecBuilder(app)
                .title(title.isEmpty() ? app : title)
                .preset(wireName())
                .life(life)
                .startGrace(startGrace);
    }
}
