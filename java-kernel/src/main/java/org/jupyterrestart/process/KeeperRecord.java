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
 * @param before the app that this one was started after, by a standing order
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
        boolean isTreeEmpty,
        Optional<Before> before) {
    static final KeeperRecord NONE = new KeeperRecord(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            OptionalInt.empty(),
            OptionalInt.empty(),
            false,
            Optional.empty());

    /** An app that has ended. */
    record Before(ProcessIdentity app, Optional<ExitStatus> ended) {}

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
            case "keeper" -> by(identity(rest, bootId).or(() -> keeper));
            case "started" -> started(identity(rest, bootId).or(() -> app), before);
            case "again" -> identity(rest, bootId).map(this::again).orElse(this);
            case "before" -> started(app, identity(rest, bootId).map(earlier -> new Before(earlier, Optional.empty())));
            case "ended-before" -> started(app, before.map(it -> new Before(it.app(), status(rest))));
            case "ended" ->
                new KeeperRecord(keeper, app, status(rest).or(() -> ended), failed, unkept, isTreeEmpty, before);
            case "failed" -> new KeeperRecord(keeper, app, ended, errno(rest), unkept, isTreeEmpty, before);
            case "unkept" -> new KeeperRecord(keeper, app, ended, failed, errno(rest), isTreeEmpty, before);
            case "empty" -> new KeeperRecord(keeper, app, ended, failed, unkept, true, before);
            default -> this;
        };
    }

    private KeeperRecord started(Optional<ProcessIdentity> started, Optional<Before> earlier) {
        return new KeeperRecord(keeper, started, ended, failed, unkept, isTreeEmpty, earlier);
    }

    /** By a standing order. */
    private KeeperRecord again(ProcessIdentity next) {
        Optional<Before> earlier = app.map(it -> new Before(it, ended));
        return NONE.by(keeper).started(Optional.of(next), earlier);
    }

    KeeperRecord by(Optional<ProcessIdentity> itself) {
        return new KeeperRecord(itself, app, ended, failed, unkept, isTreeEmpty, before);
    }

    /**
     * What is told of this app: it has ended where another one was started after it, which belongs to what it left
     * until somebody takes charge of that one. Empty for any other app.
     */
    Optional<KeeperRecord> of(ProcessIdentity asked) {
        return app.equals(Optional.of(asked))
                ? Optional.of(this)
                : before.filter(it -> it.app().equals(asked))
                        .map(it -> new KeeperRecord(
                                keeper, Optional.of(asked), it.ended(), failed, unkept, isTreeEmpty, Optional.empty()));
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

    private static Optional<ExitStatus> status(String numbers) {
        OptionalLong status = second(numbers);
        return status.isPresent() ? Optional.of(ExitStatus.ofWaitStatus((int) status.getAsLong())) : Optional.empty();
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
