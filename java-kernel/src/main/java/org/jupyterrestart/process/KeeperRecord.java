package org.jupyterrestart.process;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * What a keeper tells of one app, in its status file or as a report; keeper.c describes the lines. The first two of a
 * file, {@code boot ID} and {@code marker MARKER}, are ours.
 *
 * @param app empty until the app has started
 * @param failed errno of the start
 * @param unkept errno of the status file
 * @param isTreeEmpty nothing that the app started, or left behind, is left
 */
record KeeperRecord(
        Optional<ProcessIdentity> keeper,
        Optional<ProcessIdentity> app,
        Optional<ExitStatus> ended,
        OptionalInt failed,
        OptionalInt unkept,
        boolean isTreeEmpty) {
    static final KeeperRecord NONE = new KeeperRecord(
            Optional.empty(), Optional.empty(), Optional.empty(), OptionalInt.empty(), OptionalInt.empty(), false);

    private static final String BOOT = "boot ";
    private static final String MARKER = "marker ";
    private static final int LONGEST_NUMBER = 18;

    /** What is longer would leave no room for the keeper's own lines, which count more. */
    private static final int LONGEST_MARKER = 300;

    static String firstLines(String bootId, String marker) {
        boolean isKept = marker.getBytes(UTF_8).length <= LONGEST_MARKER;
        return BOOT + bootId + "\n" + (isKept ? MARKER + marker + "\n" : "");
    }

    /** Whether a status file tells of what was started with this marker. */
    static boolean isOf(String marker, Stream<String> lines) {
        return lines.anyMatch((MARKER + marker)::equals);
    }

    /** Of a status file. */
    static KeeperRecord parse(Stream<String> lines) {
        String bootId = "";
        KeeperRecord record = NONE;
        for (String line : (Iterable<String>) lines::iterator) {
            if (line.startsWith(BOOT)) {
                bootId = line.substring(BOOT.length());
            } else {
                record = record.with(line, bootId);
            }
        }
        return record;
    }

    /** With one more line; one that is cut off, or not of ours, counts as not written. */
    KeeperRecord with(String line, String bootId) {
        int space = line.indexOf(' ');
        if (space < 0) {
            return this;
        }
        String rest = line.substring(space + 1);
        return switch (line.substring(0, space)) {
            case "keeper" ->
                new KeeperRecord(identity(rest, bootId).or(() -> keeper), app, ended, failed, unkept, isTreeEmpty);
            case "started" ->
                new KeeperRecord(keeper, identity(rest, bootId).or(() -> app), ended, failed, unkept, isTreeEmpty);
            case "ended" ->
                new KeeperRecord(
                        keeper,
                        app,
                        second(rest).isPresent()
                                ? Optional.of(ExitStatus.ofWaitStatus(
                                        (int) second(rest).getAsLong()))
                                : ended,
                        failed,
                        unkept,
                        isTreeEmpty);
            case "failed" -> new KeeperRecord(keeper, app, ended, errno(rest), unkept, isTreeEmpty);
            case "unkept" -> new KeeperRecord(keeper, app, ended, failed, errno(rest), isTreeEmpty);
            case "empty" -> new KeeperRecord(keeper, app, ended, failed, unkept, true);
            default -> this;
        };
    }

    KeeperRecord by(ProcessIdentity itself) {
        return new KeeperRecord(Optional.of(itself), app, ended, failed, unkept, isTreeEmpty);
    }

    /** Whether nothing more will be told about the app. */
    boolean isOver() {
        return ended.isPresent() || failed.isPresent() || unkept.isPresent();
    }

    private static Optional<ProcessIdentity> identity(String numbers, String bootId) {
        OptionalLong pid = number(numbers.substring(0, Math.max(0, numbers.indexOf(' '))));
        OptionalLong ticks = second(numbers);
        return pid.isPresent() && pid.getAsLong() > 0 && ticks.isPresent()
                ? Optional.of(new ProcessIdentity(bootId, (int) pid.getAsLong(), ticks.getAsLong()))
                : Optional.empty();
    }

    private static OptionalLong second(String numbers) {
        int space = numbers.indexOf(' ');
        return space < 0 ? OptionalLong.empty() : number(numbers.substring(space + 1));
    }

    private static OptionalInt errno(String text) {
        OptionalLong errno = number(text);
        return errno.isPresent() ? OptionalInt.of((int) errno.getAsLong()) : OptionalInt.empty();
    }

    private static OptionalLong number(String text) {
        boolean isNumber = !text.isEmpty()
                && text.length() <= LONGEST_NUMBER
                && text.chars().allMatch(c -> c >= '0' && c <= '9');
        return isNumber ? OptionalLong.of(Long.parseLong(text)) : OptionalLong.empty();
    }
}
