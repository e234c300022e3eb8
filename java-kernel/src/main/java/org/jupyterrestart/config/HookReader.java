package org.jupyterrestart.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads the hooks of an app. */
record HookReader(TomlSection app) {
    private static final Choice<Hook.Method> METHOD = new Choice<>(List.of(Hook.Method.values()), Hook.Method::name);

    /** {@code mayBeRequired}: a hook that comes before the restart can call it off. */
    List<Hook> read(String key, boolean mayBeRequired) {
        List<Hook> hooks = new ArrayList<>();
        for (TomlSection hook : app.sections(key)) {
            read(hook, mayBeRequired).ifPresent(hooks::add);
            hook.refuseUnknownKeys();
        }
        return hooks;
    }

    private static Optional<Hook> read(TomlSection hook, boolean mayBeRequired) {
        Optional<Hook.Deed> run = AppReader.command(hook, "run").map(Hook.Deed.Run::new);
        Hook.Method method = hook.text("method", METHOD).orElse(Hook.Method.POST);
        Optional<Hook.Deed> http = hook.text("http", Texts::url).map(url -> new Hook.Deed.Http(method, url));
        if (hook.has("run") == hook.has("http")) {
            hook.refuse("it needs one of run and http");
        }
        var timeout = AppReader.duration(hook, "timeout").orElse(Hook.TIMEOUT);
        boolean isRequired = mayBeRequired && hook.flag("required").orElse(false);
        return run.or(() -> http).map(deed -> new Hook(deed, timeout, isRequired));
    }
}
