package org.jupyterrestart.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jupyterrestart.Seeds;
import org.jupyterrestart.config.ConfigLoader.Result;

/** Whatever a file holds: it is taken and means what it says when it is written out again, or each error has its place. */
class ConfigPropertyTest {
    private static final Path FILE = Path.of("/etc/restart.toml");
    private static final Pattern PROBLEM = Pattern.compile(Pattern.quote(FILE.toString()) + ":\\d+:\\d+: (?s:.+)");
    private static final ConfigLoader LOADER = new ConfigLoader(Overrides.NONE, ZoneOffset.UTC);
    private static final List<String> KEYS = List.of(
            "home",
            "log",
            "log_max_size",
            "log_keep",
            "output_max_size",
            "output_keep",
            "output_rotate",
            "sample_every",
            "machine_ends_after",
            "preset",
            "title",
            "command",
            "directory",
            "environment",
            "enabled",
            "autostart",
            "every",
            "cron",
            "timezone",
            "jitter",
            "quiet",
            "missed",
            "when_idle",
            "notice",
            "stop",
            "grace",
            "start_grace",
            "keep",
            "memory_limit",
            "gpu_memory_limit",
            "kernel_memory_limit",
            "disk_min_free",
            "probe",
            "restart",
            "before",
            "after",
            "on_failure",
            "depends_on",
            "standby",
            "http",
            "tcp",
            "exec",
            "progress",
            "busy",
            "timeout",
            "failures",
            "on",
            "backoff",
            "factor",
            "max",
            "reset",
            "limit",
            "within",
            "slow_lane",
            "run",
            "method",
            "required",
            "url",
            "events",
            "unheard_of",
            "\"\"");
    private static final List<String> VALUES = List.of(
            "true",
            "0",
            "-1",
            "1",
            "99999999999",
            "9223372036854775807",
            "1e300",
            "nan",
            "-inf",
            "0.5",
            "1979-05-27",
            "07:32:00",
            "\"\"",
            "\"\\u0000\"",
            "\"x\"",
            "\"never\"",
            "\"0s\"",
            "\"100ms\"",
            "\"1s\"",
            "\"3650d\"",
            "\"999999999d\"",
            "\"1KB\"",
            "\"1B\"",
            "\"9999999999999999999TB\"",
            "\"0 3 * * *\"",
            "\"*/5 * * * *\"",
            "\"0 0 30 2 *\"",
            "\"UTC\"",
            "\"Europe/Paris\"",
            "\"comfyui\"",
            "\"jupyterlab\"",
            "\"once\"",
            "\"always\"",
            "\"http://127.0.0.1:1/\"",
            "\"http://\"",
            "\"h:1\"",
            "\"h:99999\"",
            "\"cpu\"",
            "\"~/x\"",
            "\"POST\"",
            "[]",
            "[\"x\"]",
            "[\"TERM 1s\", \"KILL\"]",
            "[\"KILL\"]",
            "[\"22:00-07:00\"]",
            "[\"00:00-00:00\"]",
            "[1, \"x\"]",
            "[[\"x\"]]",
            "{}",
            "{ run = [\"x\"] }",
            "[{ run = [\"x\"] }]",
            "[{ http = \"http://h/\" }]",
            "{ A = \"1\" }",
            "{ http = \"http://h/\" }",
            "{ progress = \"output\", busy = [\"x\"] }",
            "{ backoff = \"1s\", max = \"2s\" }",
            "[\"*\"]",
            "[\"restart.*\"]");
    private static final List<String> TABLES = List.of(
            "[service]",
            "[app.a]",
            "[app.b]",
            "[app.\"c d\"]",
            "[app.comfyui]",
            "[app.a.probe]",
            "[app.a.restart]",
            "[[app.a.before]]",
            "[[notify]]",
            "[app]",
            "[ghost]",
            "[[service]]");

    /** Keys are seldom used twice, as a user would write it: else nearly no file would be good. */
    private static String file(RandomGenerator random) {
        StringBuilder text = new StringBuilder();
        for (int table = random.nextInt(3); table >= 0; table--) {
            text.append(pick(random, TABLES)).append('\n');
            List<String> keys = new ArrayList<>(KEYS);
            for (int i = random.nextInt(3); i > 0; i--) {
                String key = keys.remove(random.nextInt(keys.size()));
                text.append(key).append(" = ").append(pick(random, VALUES)).append('\n');
            }
        }
        return text.toString();
    }

    private static <T> T pick(RandomGenerator random, List<T> from) {
        return from.get(random.nextInt(from.size()));
    }

    private static boolean isGood(String text) {
        return switch (LOADER.parse(FILE, text)) {
            case Result.Rejected(List<String> problems) -> {
                assertTrue(!problems.isEmpty(), text);
                problems.forEach(problem -> assertTrue(PROBLEM.matcher(problem).matches(), problem));
                yield false;
            }
            case Result.Loaded loaded -> {
                String written = String.join("\n", TomlText.lines(ConfigTree.of(loaded.config()), Map.of()));
                assertEquals(loaded, LOADER.parse(FILE, written), () -> text + "\nwritten as\n" + written);
                yield true;
            }
        };
    }

    @Test
    void randomKeysWithRandomValuesAreTakenOrToldWithTheirPlace() {
        AtomicInteger good = new AtomicInteger();
        Seeds.forAll(1_500, random -> {
            String text = file(random);
            good.addAndGet(check(text) ? 1 : 0);
        });
        assertTrue(good.get() > 50, "too few good files to tell anything: " + good);
    }

    @Test
    void aFileThatSomeoneMangledIsTakenOrToldWithItsPlace() throws IOException {
        String whole = ConfigLoaderTest.resource("everything.toml");
        Seeds.forAll(500, random -> check(mangled(whole, random)));
    }

    @Test
    void anyBytesAreTakenOrToldWithTheirPlace(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("restart.toml");
        Pattern problem = Pattern.compile(Pattern.quote(file.toString()) + ":\\d+:\\d+: (?s:.+)");
        byte[] whole = ConfigLoaderTest.resource("everything.toml").getBytes(StandardCharsets.UTF_8);
        Seeds.forAll(300, random -> {
            boolean isMangled = random.nextBoolean();
            byte[] bytes = isMangled ? whole.clone() : new byte[random.nextInt(200)];
            int changes = isMangled ? 1 + random.nextInt(3) : bytes.length;
            for (int i = 0; i < changes; i++) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            write(file, bytes);
            if (LOADER.load(file) instanceof Result.Rejected(List<String> problems)) {
                assertFalse(problems.isEmpty());
                problems.forEach(it -> assertTrue(problem.matcher(it).matches(), it));
            }
        });
    }

    private static void write(Path file, byte[] bytes) {
        try {
            Files.write(file, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean check(String text) {
        try {
            return isGood(text);
        } catch (RuntimeException e) {
            throw new AssertionError("failed on\n" + text, e);
        }
    }

    private static String mangled(String whole, RandomGenerator random) {
        StringBuilder text = new StringBuilder(whole);
        for (int i = random.nextInt(4); i >= 0; i--) {
            int at = random.nextInt(text.length() + 1); // nothing may be left of it already
            switch (random.nextInt(4)) {
                case 0 -> text.delete(at, Math.min(text.length(), at + 1 + random.nextInt(20)));
                case 1 -> text.insert(at, (char) random.nextInt(0x180));
                case 2 -> text.insert(at, pick(random, VALUES));
                default -> text.setLength(at);
            }
        }
        return text.toString();
    }
}
