package org.jupyterrestart.process;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a keeper's status file says; keeper.c describes the lines. The first, {@code boot ID}, is ours.
 *
 * @param app empty until the app has started
 * @param failed errno of the exec
 * @param isTreeEmpty nothing that the app started, or left behind, is left
 */
record KeeperRecord(
        Optional<ProcessIdentity> keeper,
        Optional<ProcessIdentity> app,
        Optional<ExitStatus> ended,
        OptionalInt failed,
        boolean isTreeEmpty) {
    private static final String BOOT = "boot";

    static String firstLine(String bootId) {
        return BOOT + " " + bootId + "\n";
    }

    /** Lines that are cut off, or not of ours, count as not written. */
    static KeeperRecord parse(Stream<String> lines) {
        Map<String, List<String>> byWord = lines.map(line -> List.of(line.split(" ")))
                .collect(Collectors.toMap(List::getFirst, words -> words, (first, _) -> first));
        String bootId = field(byWord, BOOT, 1).orElse("");
        return new KeeperRecord(
                identity(byWord, "keeper", bootId),
                identity(byWord, "started", bootId),
                number(byWord, "ended", 2).map(status -> ExitStatus.ofWaitStatus(status.intValue())),
                number(byWord, "failed", 1)
                        .map(errno -> OptionalInt.of(errno.intValue()))
                        .orElse(OptionalInt.empty()),
                byWord.containsKey("empty"));
    }

    /** Whether nothing more will be written about the app. */
    boolean isOver() {
        return ended.isPresent() || failed.isPresent();
    }

    private static Optional<ProcessIdentity> identity(Map<String, List<String>> byWord, String word, String bootId) {
        return number(byWord, word, 1)
                .filter(pid -> pid > 0)
                .flatMap(pid ->
                        number(byWord, word, 2).map(ticks -> new ProcessIdentity(bootId, pid.intValue(), ticks)));
    }

    private static Optional<Long> number(Map<String, List<String>> byWord, String word, int index) {
        return field(byWord, word, index)
                .filter(text -> text.matches("\\d{1,18}"))
                .map(Long::valueOf);
    }

    private static Optional<String> field(Map<String, List<String>> byWord, String word, int index) {
        return Optional.ofNullable(byWord.get(word))
                .filter(words -> words.size() > index)
                .map(words -> words.get(index));
    }
}
