package org.jupyterrestart.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.jupyterrestart.config.ConfigLoader.Result;
import org.jupyterrestart.lifecycle.StopSequence;

/** The reference for users says what the loader does: all keys and no other, with the defaults that hold. */
class ConfigurationDocTest {
    private static final Path DOC = Path.of("../docs/configuration.md");
    private static final Pattern ROW = Pattern.compile("\\| `(\\w+)` \\| (.+?) \\| .+ \\|");
    private static final String NONE = "none";

    /** Headings of the reference, each with a file that puts {@code %s} into that table. */
    private static final Map<String, String> TABLES = Map.of(
            "## `[service]`", "[service]\n%s",
            "## `[app.NAME]`", "[app.x]\n%s",
            "### `probe`", "[app.x.probe]\n%s",
            "### `restart`", "[app.x.restart]\n%s",
            "### `before`, `after` and `on_failure`", "[[app.x.before]]\n%s",
            "## `[[notify]]`", "[[notify]]\n%s");

    @Test
    void everyKeyIsThereAndNoOther() throws IOException {
        Map<String, Set<String>> documented = new LinkedHashMap<>();
        Map<String, Set<String>> read = new LinkedHashMap<>();
        for (String heading : TABLES.keySet()) {
            documented.put(heading, new TreeSet<>(rows(heading).keySet()));
            read.put(heading, keysThatAreRead(TABLES.get(heading)));
        }

        assertEquals(read, documented);
    }

    @Test
    void theDefaultsAreThoseThatHold() throws IOException {
        assertEquals(load("[service]\n[app.x]\n"), load("[service]\n" + defaults("## `[service]`", "") + "[app.x]\n"));
        assertEquals(load("[app.x]\n"), load("[app.x]\n" + defaults("## `[app.NAME]`", "grace")));
        assertEquals(load("[app.x]\n"), load("[app.x]\n" + defaults("## `[app.NAME]`", "stop")));
        assertEquals(load("[app.x]\n"), load("[app.x.restart]\n" + defaults("### `restart`", "")));
        assertSameWith("[app.x.probe]\ntcp = \"h:1\"\n", defaults("### `probe`", ""));
        assertSameWith("[[app.x.before]]\nrun = [\"x\"]\n", defaults("### `before`, `after` and `on_failure`", ""));
        assertSameWith("[[notify]]\nurl = \"http://h/\"\n", defaults("## `[[notify]]`", ""));
    }

    private static String stages(StopSequence stop) {
        Map<Integer, String> names = Map.of(StopSequence.INT, "INT", StopSequence.TERM, "TERM");
        return stop.stages().stream()
                .map(stage -> stage.signal() == StopSequence.KILL
                        ? "KILL"
                        : names.get(stage.signal()) + " " + Durations.format(stage.grace()))
                .collect(Collectors.joining(", "));
    }

    @Test
    void thePresetsAreThoseThatThereAre() throws IOException {
        List<String> expected = Arrays.stream(Presets.values())
                .map(preset -> preset.start("the app's name").build())
                .map(spec -> "| `%s` | %s | %s | %s | %s |"
                        .formatted(
                                spec.preset(),
                                spec.title(),
                                Durations.format(spec.startGrace()),
                                stages(spec.stop()),
                                switch (spec.life()) {
                                    case Life.StopStart _ -> "stop and start";
                                    case Life.InPlace _ -> "in place";
                                }))
                .toList();

        assertEquals(
                expected,
                section("### Presets").filter(line -> line.startsWith("| `")).toList());
    }

    @Test
    void theVariablesAreThoseThatAreRead() throws IOException {
        List<String> documented = section("## Environment")
                .filter(line -> line.startsWith("| `"))
                .flatMap(line ->
                        Pattern.compile("`([A-Z_]+)`").matcher(line).results().map(found -> found.group(1)))
                .toList();

        assertEquals(
                Stream.of(
                                EnvironmentOverrides.INTERVAL,
                                EnvironmentOverrides.LOG,
                                EnvironmentOverrides.PID_FILE,
                                EnvironmentOverrides.DISABLED)
                        .flatMap(List::stream)
                        .toList(),
                documented);
    }

    private static void assertSameWith(String needed, String defaults) {
        assertEquals(load(needed), load(needed + defaults));
    }

    /** The message about a key that can't be meant lists those that can. */
    private static Set<String> keysThatAreRead(String table) {
        Result result = parse(table.formatted("zzzzzzzzzzzz = 1\n"));
        return switch (result) {
            case Result.Loaded _ -> fail("an unknown key was taken");
            case Result.Rejected(List<String> problems) ->
                problems.stream()
                        .filter(problem -> problem.contains("unknown key"))
                        .flatMap(problem -> Stream.of(
                                problem.replaceFirst(".*there are ", "").split(", ")))
                        .collect(Collectors.toCollection(TreeSet::new));
        };
    }

    /** The rows with a default, as TOML, without the key {@code except}. */
    private static String defaults(String heading, String except) throws IOException {
        return rows(heading).entrySet().stream()
                .filter(row -> !row.getValue().equals(NONE) && !row.getKey().equals(except))
                .map(row -> "%s = %s\n".formatted(row.getKey(), row.getValue().replace("`", "")))
                .collect(Collectors.joining());
    }

    private static Map<String, String> rows(String heading) throws IOException {
        Map<String, String> rows = new LinkedHashMap<>();
        section(heading)
                .map(ROW::matcher)
                .filter(Matcher::matches)
                .forEach(row -> rows.put(row.group(1), row.group(2)));
        return rows;
    }

    private static Stream<String> section(String heading) throws IOException {
        return Files.readAllLines(DOC).stream()
                .dropWhile(line -> !line.equals(heading))
                .skip(1)
                .takeWhile(line -> !line.startsWith("#"));
    }

    private static Config load(String text) {
        return switch (parse(text)) {
            case Result.Loaded(Config config) -> config;
            case Result.Rejected(List<String> problems) -> fail(String.join("\n", problems));
        };
    }

    private static Result parse(String text) {
        return new ConfigLoader(Overrides.NONE, ZoneOffset.UTC).parse(Path.of("/doc.toml"), text);
    }
}
