package org.jupyterrestart.config;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A config as its file would say it, with every default written out: tables, lists, texts, numbers and flags under the
 * file's own keys. What is read from it is the same config.
 */
public final class ConfigTree {
    private ConfigTree() {}

    public static Map<String, Object> of(Config config) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("service", service(config.service()));
        if (!config.apps().isEmpty()) {
            Map<String, Object> apps = new LinkedHashMap<>();
            config.apps().forEach(app -> apps.put(app.name(), AppTree.of(app)));
            tree.put("app", apps);
        }
        if (!config.webhooks().isEmpty()) {
            List<Map<String, Object>> webhooks =
                    config.webhooks().stream().map(ConfigTree::webhook).toList();
            tree.put("notify", webhooks);
        }
        return tree;
    }

    private static Map<String, Object> service(Config.Service service) {
        Map<String, Object> tree = new LinkedHashMap<>();
        service.home().map(Path::toString).ifPresent(home -> tree.put("home", home));
        service.log().map(Path::toString).ifPresent(log -> tree.put("log", log));
        tree.put("log_max_size", Sizes.format(service.logMaxSize()));
        tree.put("log_keep", service.logKeep());
        tree.put("output_max_size", Sizes.format(service.output().maxBytes()));
        tree.put("output_keep", service.output().keep());
        tree.put(
                "output_rotate", service.output().every().map(Durations::format).orElse("never"));
        tree.put("sample_every", Durations.format(service.sampleEvery()));
        service.machineEndsAfter().map(Durations::format).ifPresent(end -> tree.put("machine_ends_after", end));
        return tree;
    }

    private static Map<String, Object> webhook(Config.Webhook webhook) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("url", webhook.url());
        tree.put("events", webhook.events());
        return tree;
    }
}
