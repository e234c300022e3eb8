package org.jupyterrestart.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.jupyterrestart.config.Parsed;

class CommandParserTest {
    static Stream<Arguments> lines() {
        Optional<String> none = Optional.empty();
        Optional<String> comfyui = Optional.of("comfyui");
        return Stream.of(
                arguments("status", new Command.Status(none)),
                arguments("  status   comfyui ", new Command.Status(comfyui)),
                arguments("restart comfyui", new Command.Restart("comfyui", false, false)),
                arguments("restart --now comfyui --wait", new Command.Restart("comfyui", true, true)),
                arguments("postpone 30m", new Command.Postpone("30m", none)),
                arguments("postpone 1h30m comfyui", new Command.Postpone("1h30m", comfyui)),
                arguments("enable", new Command.Enable(none, true)),
                arguments("disable comfyui", new Command.Enable(comfyui, false)),
                arguments("start comfyui", new Command.Start("comfyui")),
                arguments("stop comfyui", new Command.Stop("comfyui")),
                arguments("kernels lab k-1 k-2", new Command.Kernels("lab", List.of("k-1", "k-2"), none)),
                arguments("kernels lab 1.5GB", new Command.Kernels("lab", List.of(), Optional.of("1.5GB"))),
                arguments("kernels --all lab", new Command.Kernels("lab", List.of(), Optional.of("0B"))),
                arguments("events", new Command.Events(10)),
                arguments("events 3", new Command.Events(3)),
                arguments("logs", new Command.Logs(none, 20)),
                arguments("logs 5", new Command.Logs(none, 5)),
                arguments("logs comfyui 5", new Command.Logs(comfyui, 5)),
                arguments("plan", new Command.Plan(none)),
                arguments("help", new Command.Help(Optional.empty())),
                arguments("help restart", new Command.Help(Optional.of(Verb.RESTART))));
    }

    @ParameterizedTest
    @MethodSource("lines")
    void lineIsUnderstood(String line, Command command) {
        assertEquals(new Parsed.Good<>(command), CommandParser.line(line));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "statsu | \"statsu\" is no command. Did you mean \"status [APP]\"? \"help\" lists them.",
                "restrat comfyui | \"restrat\" is no command. Did you mean \"restart APP [--now] [--wait]\"? \"help\""
                        + " lists them.",
                "restart | \"restart\" can't be read. Write: restart APP [--now] [--wait]",
                "restart a b | \"restart a b\" can't be read. Write: restart APP [--now] [--wait]",
                "stop a --now | \"stop a --now\" can't be read. Write: stop APP",
                "postpone | \"postpone\" can't be read. Write: postpone DURATION [APP]",
                "kernels lab | \"kernels lab\" can't be read. Write: kernels APP [ID…] [SIZE] [--all]",
                "events many | \"events many\" can't be read. Write: events [N]",
                "events 100000 | \"events 100000\" can't be read. Write: events [N]",
                "help me | \"help me\" can't be read. Write: help [VERB]",
            })
    void whatIsNoCommandSaysHowToWriteIt(String line, String why) {
        assertEquals(new Parsed.Bad<>(why), CommandParser.line(line));
    }

    @Test
    void cellIsOneCommandALine() {
        assertEquals(
                new Parsed.Good<>(List.of(new Command.Start("a"), new Command.Status(Optional.empty()))),
                CommandParser.cell("# first\nstart a  # now\n\n  status\n"));
    }

    @Test
    void oneBadLineSpoilsTheCellBeforeAnythingIsDone() {
        assertEquals(
                new Parsed.Bad<>("\"stop\" can't be read. Write: stop APP"), CommandParser.cell("start a\nstop\n"));
    }

    @ParameterizedTest
    @CsvSource({
        "re, restart, 0",
        "restart co, comfyui, 8",
        "restart comfyui --w, --wait, 16",
        "help pl, plan, 5",
        "'status\nsta', 'status start', 7",
        "postpone 30m j, jupyterlab, 13",
        "events c, '', 7",
        "nonsense c, '', 9",
    })
    void wordAtTheCursorIsCompleted(String cell, String words, int start) {
        Completion expected =
                new Completion(words.isEmpty() ? List.of() : List.of(words.split(" ")), start, cell.length());
        assertEquals(expected, Completion.at(cell, cell.length(), () -> List.of("comfyui", "jupyterlab")));
    }
}
