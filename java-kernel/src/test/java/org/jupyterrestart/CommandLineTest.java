package org.jupyterrestart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.jupyterrestart.config.GivenApp;

class CommandLineTest {
    private static final Path HOME = Path.of("/h");

    static Stream<Arguments> lines() {
        return Stream.of(
                arguments("service --home /h", new CommandLine.Service(HOME, Optional.empty(), false)),
                arguments(
                        "--home /h service --config /c",
                        new CommandLine.Service(HOME, Optional.of(Path.of("/c")), false)),
                arguments("service --home /h --guarded", new CommandLine.Service(HOME, Optional.empty(), true)),
                arguments("kernel --home /h /k.json", new CommandLine.Kernel(HOME, Path.of("/k.json"))),
                arguments("config --home /h --config /c", new CommandLine.ShowConfig(HOME, Optional.of(Path.of("/c")))),
                arguments("config", new CommandLine.Wrong(CommandLine.USAGE)),
                arguments("run --home /h", new CommandLine.Run(HOME, Optional.empty(), Optional.empty())),
                arguments(
                        "--home /h run --config /c sleep -- sleep --home 9",
                        new CommandLine.Run(
                                HOME,
                                Optional.of(Path.of("/c")),
                                Optional.of(new GivenApp(
                                        "sleep",
                                        List.of("sleep", "--home", "9"),
                                        Path.of("").toAbsolutePath())))),
                arguments("run sleep -- sleep", new CommandLine.Wrong(CommandLine.USAGE)),
                arguments("--home /h run sleep", new CommandLine.Wrong(CommandLine.USAGE)),
                arguments("--home /h run -- sleep", new CommandLine.Wrong(CommandLine.USAGE)),
                arguments("--home /h service -- sleep", new CommandLine.Wrong(CommandLine.USAGE)),
                arguments("--version", new CommandLine.Version()),
                arguments("service", new CommandLine.Wrong(CommandLine.USAGE)),
                arguments("service --home", new CommandLine.Wrong(CommandLine.USAGE)),
                arguments("service --home /h --quiet", new CommandLine.Wrong(CommandLine.USAGE)),
                arguments("kernel --home /h", new CommandLine.Wrong(CommandLine.USAGE)),
                arguments("", new CommandLine.Wrong(CommandLine.USAGE)));
    }

    @ParameterizedTest
    @MethodSource("lines")
    void lineIsUnderstood(String line, CommandLine expected) {
        assertEquals(expected, CommandLine.parse(line.isEmpty() ? new String[0] : line.split(" ")));
    }
}
