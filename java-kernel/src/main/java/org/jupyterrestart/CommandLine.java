package org.jupyterrestart;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jupyterrestart.config.GivenApp;

/** What the program was asked to be. */
sealed interface CommandLine {
    String USAGE = """
        Usage: java -jar jupyter-restart.jar service --home FOLDER [--config FILE] [--guarded]
               java -jar jupyter-restart.jar run --home FOLDER [--config FILE] [NAME -- COMMAND...]
               java -jar jupyter-restart.jar kernel --home FOLDER CONNECTION_FILE
               java -jar jupyter-restart.jar config --home FOLDER [--config FILE]\
        """;

    /** One that is {@code guarded} is brought back when it is killed. */
    record Service(Path home, Optional<Path> config, boolean guarded) implements CommandLine {}

    /** A service whose apps end with it, by a signal; {@code app} is one that is given here. */
    record Run(Path home, Optional<Path> config, Optional<GivenApp> app) implements CommandLine {}

    record Kernel(Path home, Path connectionFile) implements CommandLine {}

    /** Show what a service of this home would run with. */
    record ShowConfig(Path home, Optional<Path> config) implements CommandLine {}

    record Version() implements CommandLine {}

    /** {@code why} is for people and ends in the usage. */
    record Wrong(String why) implements CommandLine {}

    static CommandLine parse(String... arguments) {
        Optional<Path> home = Optional.empty();
        Optional<Path> config = Optional.empty();
        List<String> words = new ArrayList<>();
        List<String> left = new ArrayList<>(Arrays.asList(arguments));
        List<String> command = List.of();
        try {
            while (!left.isEmpty()) {
                String word = left.removeFirst();
                if (word.equals("--home") && !left.isEmpty()) {
                    home = Optional.of(Path.of(left.removeFirst()).toAbsolutePath());
                } else if (word.equals("--config") && !left.isEmpty()) {
                    config = Optional.of(Path.of(left.removeFirst()).toAbsolutePath());
                } else if (word.equals("--")) {
                    command = List.copyOf(left);
                    left.clear();
                } else {
                    words.add(word);
                }
            }
            return words.indexOf("run") == 0
                    ? run(words, home, config, command)
                    : command.isEmpty() ? of(words, home, config) : new Wrong(USAGE);
        } catch (InvalidPathException e) {
            return new Wrong("\"%s\" is no path: %s.\n%s".formatted(e.getInput(), e.getReason(), USAGE));
        }
    }

    private static CommandLine run(
            List<String> words, Optional<Path> home, Optional<Path> config, List<String> command) {
        boolean isGood = home.isPresent() && words.size() == (command.isEmpty() ? 1 : 2);
        if (!isGood) {
            return new Wrong(USAGE);
        }
        Optional<GivenApp> app = command.isEmpty()
                ? Optional.empty()
                : Optional.of(new GivenApp(words.getLast(), command, Path.of("").toAbsolutePath()));
        return new Run(home.get(), config, app);
    }

    private static CommandLine of(List<String> words, Optional<Path> home, Optional<Path> config) {
        if (words.equals(List.of("--version"))) {
            return new Version();
        }
        if (home.isPresent() && words.equals(List.of("service"))) {
            return new Service(home.get(), config, false);
        }
        if (home.isPresent() && Set.copyOf(words).equals(Set.of("service", "--guarded"))) {
            return new Service(home.get(), config, true);
        }
        if (home.isPresent() && words.equals(List.of("config"))) {
            return new ShowConfig(home.get(), config);
        }
        boolean isKernel = words.size() == 2 && words.getFirst().equals("kernel");
        return home.isPresent() && config.isEmpty() && isKernel
                ? new Kernel(home.get(), Path.of(words.getLast()).toAbsolutePath())
                : new Wrong(USAGE);
    }
}
