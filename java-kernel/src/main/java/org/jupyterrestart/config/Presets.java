package org.jupyterrestart.config;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jupyterrestart.lifecycle.StopSequence;
import org.jupyterrestart.lifecycle.StopSequence.Stage;

/** Apps that we know: what differs from {@link AppSpecBuilder}'s defaults, as far as it is sure for every user. */
public enum Presets {
    COMFYUI("ComfyUI", Life.STOP_START, 300),
    JUPYTERLAB("JupyterLab", Life.IN_PLACE, 120),
    A1111("Stable Diffusion WebUI", Life.STOP_START, 1800),
    FORGE("Stable Diffusion WebUI Forge", Life.STOP_START, 1800),
    INVOKEAI("InvokeAI", Life.STOP_START, 900),
    OLLAMA("Ollama", Life.STOP_START, 60),
    VLLM("vLLM", Life.STOP_START, 1800),
    TEXTGEN("Text Generation WebUI", Life.STOP_START, 900),
    SWARMUI("SwarmUI", Life.STOP_START, 900),
    GENERIC("", Life.STOP_START, 120);

    /** Minutes without an answer: a large model that is loaded holds up everything else. */
    private static final int PATIENT_FAILURES = 20;

    private final String title;
    private final Life life;
    private final Duration startGrace;

    /** {@code startGraceSeconds} covers what the app does first: loading a large model, the first download of one. */
    Presets(String title, Life life, int startGraceSeconds) {
        this.title = title;
        this.life = life;
        this.startGrace = Duration.ofSeconds(startGraceSeconds);
    }

    AppSpec.Work work() {
        return switch (this) {
            case COMFYUI -> AppSpec.Work.PROMPTS;
            case JUPYTERLAB -> AppSpec.Work.KERNELS;
            case A1111, FORGE, INVOKEAI, VLLM -> AppSpec.Work.REQUESTS;
            case OLLAMA, TEXTGEN, SWARMUI, GENERIC -> AppSpec.Work.NONE;
        };
    }

    /** As config files write it. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** What ends it well; what is not said is the usual pair. */
    private StopSequence stop() {
        return switch (this) {
            // uvicorn ends its requests by either signal; the app's own cleanup hangs on the first.
            case INVOKEAI ->
                new StopSequence(List.of(
                        new Stage(StopSequence.INT, Duration.ofSeconds(15)),
                        new Stage(StopSequence.TERM, Duration.ofSeconds(10)),
                        StopSequence.DEFAULT.stages().getLast()));
            // They unload what runners and backends of their own have loaded.
            case OLLAMA, VLLM, SWARMUI -> StopSequence.termThenKill(Duration.ofSeconds(30));
            case COMFYUI, JUPYTERLAB, A1111, FORGE, TEXTGEN, GENERIC -> StopSequence.DEFAULT;
        };
    }

    /** How it is checked where its user says nothing of it; more patient than a check that its user chose. */
    Optional<ProbeSpec> probe(Program program) {
        return Served.health(this, program)
                .map(check -> new ProbeSpec(check, ProbeSpec.EVERY, ProbeSpec.TIMEOUT, PATIENT_FAILURES));
    }

    /** Whether it can be asked for GPU memory where it is {@code served}, and takes up its work by itself after that. */
    boolean canFree(Optional<Served> served) {
        return switch (this) {
            case COMFYUI -> true; // where is seen from its processes, too
            case INVOKEAI, OLLAMA, SWARMUI -> served.filter(Served::isPlain).isPresent();
            case JUPYTERLAB, A1111, FORGE, VLLM, TEXTGEN, GENERIC -> false;
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
                .startGrace(startGrace)
                .stop(stop());
    }
}
