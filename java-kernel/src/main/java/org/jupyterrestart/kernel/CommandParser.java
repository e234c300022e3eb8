package org.jupyterrestart.kernel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jupyterrestart.config.Parsed;

/** Reads cells: one command a line, {@code #} begins a comment. */
final class CommandParser {
    private static final int EVENTS = 10;
    private static final int LINES = 20;
    private static final int MOST = 10_000;
    private static final String SIZE = "(?i)\\d[\\d.]*[kmgt]?b";

    private CommandParser() {}

    /** All lines or the first one that is no command; an empty cell is none. */
    static Parsed<List<Command>> cell(String source) {
        List<Command> commands = new ArrayList<>();
        for (String line : source.lines().toList()) {
            String words = line.replaceFirst("#.*", "").strip();
            if (words.isEmpty()) {
                continue;
            }
            switch (line(words)) {
                case Parsed.Good<Command>(Command command) -> commands.add(command);
                case Parsed.Bad<Command>(String why) -> {
                    return new Parsed.Bad<>(why);
                }
            }
        }
        return new Parsed.Good<>(commands);
    }

    static Parsed<Command> line(String line) {
        List<String> words = Arrays.asList(line.strip().split("\\s+"));
        Optional<Verb> verb = Verb.of(words.getFirst());
        return verb.isPresent()
                ? new Arguments(verb.get(), words.subList(1, words.size())).parse()
                : new Parsed.Bad<>("\"%s\" is no command. Did you mean \"%s\"? \"help\" lists them."
                        .formatted(
                                words.getFirst(), Verb.nearest(words.getFirst()).usage()));
    }

    /** What stands behind a verb: options begin with two dashes and may stand anywhere. */
    private record Arguments(Verb verb, List<String> words) {
        Parsed<Command> parse() {
            List<String> options =
                    words.stream().filter(word -> word.startsWith("--")).toList();
            List<String> plain =
                    words.stream().filter(word -> !word.startsWith("--")).toList();
            if (!verb.options().containsAll(options)) {
                return wrong();
            }
            return switch (verb) {
                case STATUS -> atMostOne(plain).then(app -> good(new Command.Status(app)));
                case RESTART ->
                    one(plain)
                            .then(app -> good(
                                    new Command.Restart(app, options.contains("--now"), options.contains("--wait"))));
                case POSTPONE -> postpone(plain);
                case ENABLE -> atMostOne(plain).then(app -> good(new Command.Enable(app, true)));
                case DISABLE -> atMostOne(plain).then(app -> good(new Command.Enable(app, false)));
                case START -> one(plain).then(app -> good(new Command.Start(app)));
                case STOP -> one(plain).then(app -> good(new Command.Stop(app)));
                case KERNELS -> kernels(plain, options.contains("--all"));
                case EVENTS -> atMostOne(plain).then(n -> count(n, EVENTS)).then(n -> good(new Command.Events(n)));
                case LOGS -> logs(plain);
                case PLAN -> atMostOne(plain).then(app -> good(new Command.Plan(app)));
                case HELP -> help(plain);
            };
        }

        private Parsed<Command> postpone(List<String> plain) {
            return plain.isEmpty()
                    ? wrong()
                    : atMostOne(plain.subList(1, plain.size()))
                            .then(app -> good(new Command.Postpone(plain.getFirst(), app)));
        }

        /** What begins with a digit and ends with a B is a size: no id of a kernel does. */
        private Parsed<Command> kernels(List<String> plain, boolean all) {
            List<String> chosen = plain.stream().skip(1).toList();
            List<String> sizes =
                    chosen.stream().filter(word -> word.matches(SIZE)).toList();
            List<String> ids =
                    chosen.stream().filter(word -> !word.matches(SIZE)).toList();
            boolean isEnough = all ? chosen.isEmpty() : !chosen.isEmpty();
            return plain.isEmpty() || sizes.size() > 1 || !isEnough
                    ? wrong()
                    : good(new Command.Kernels(
                            plain.getFirst(),
                            ids,
                            all ? Optional.of("0B") : sizes.stream().findFirst()));
        }

        /** A number alone is the count, for no app is named so. */
        private Parsed<Command> logs(List<String> plain) {
            boolean isCountLast = !plain.isEmpty() && plain.getLast().matches("\\d+");
            List<String> apps = isCountLast ? plain.subList(0, plain.size() - 1) : plain;
            Optional<String> n = isCountLast ? Optional.of(plain.getLast()) : Optional.empty();
            return atMostOne(apps).then(app -> count(n, LINES).then(lines -> good(new Command.Logs(app, lines))));
        }

        private Parsed<Command> help(List<String> plain) {
            return atMostOne(plain).then(word -> {
                Optional<Verb> of = word.flatMap(Verb::of);
                return word.isPresent() && of.isEmpty() ? wrong() : good(new Command.Help(of));
            });
        }

        private Parsed<Integer> count(Optional<String> word, int usual) {
            if (word.isEmpty()) {
                return new Parsed.Good<>(usual);
            }
            boolean isCount = word.get().matches("\\d{1,5}") && Integer.parseInt(word.get()) <= MOST;
            return isCount ? new Parsed.Good<>(Integer.parseInt(word.get())) : wrong();
        }

        private Parsed<String> one(List<String> plain) {
            return plain.size() == 1 ? new Parsed.Good<>(plain.getFirst()) : wrong();
        }

        private Parsed<Optional<String>> atMostOne(List<String> plain) {
            return plain.size() <= 1 ? new Parsed.Good<>(plain.stream().findFirst()) : wrong();
        }

        private static Parsed<Command> good(Command command) {
            return new Parsed.Good<>(command);
        }

        private <T> Parsed<T> wrong() {
            String given = String.join(" ", words);
            return new Parsed.Bad<>(
                    "\"%s\" can't be read. Write: %s".formatted((verb.word() + " " + given).strip(), verb.usage()));
        }
    }
}
