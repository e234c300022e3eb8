package org.jupyterrestart.event;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.LongStream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.jupyterrestart.FragileDisk;

/** What is deleted once it is compressed. */
@Timeout(60)
class PowerCutIT {
    private static final SegmentedEventLog.Limits SMALL = new SegmentedEventLog.Limits(2_000, 100);

    @TempDir
    Path folder;

    @Test
    void compressedEventsOutliveAPowerCut() throws IOException {
        try (FragileDisk disk = FragileDisk.in(folder)) {
            try (SegmentedEventLog log = new SegmentedEventLog(disk.folder(), SMALL)) {
                LongStream.rangeClosed(1, 50).forEach(i -> log.append(Drafts.draft("event " + i)));
            }
            try (SegmentedEventLog log = new SegmentedEventLog(disk.folder(), SMALL)) {
                while (!isAllCompressed(disk.folder())) {
                    Thread.onSpinWait();
                }
                log.sync();
            }
            disk.syncNames();
            disk.loseAndRegainPower();

            try (SegmentedEventLog log = new SegmentedEventLog(disk.folder(), SMALL)) {
                assertEquals(
                        LongStream.rangeClosed(1, 50).boxed().toList(),
                        log.since(0, 100).stream().map(Event::seq).toList());
            }
        }
    }

    private static boolean isAllCompressed(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .noneMatch(name -> name.matches("events-\\d+\\.jsonl(\\.gz\\.new)?"));
        }
    }

    @Test
    void rotatedLinesOutliveAPowerCut() throws IOException {
        try (FragileDisk disk = FragileDisk.in(folder)) {
            RotatedFile rotated = new RotatedFile(disk.folder().resolve("restart.log"), 10, 5);
            rotated.append("the first line\n", _ -> {});
            disk.sync();
            rotated.append("the second line\n", _ -> {});
            disk.syncNames();
            disk.loseAndRegainPower();

            try (InputStream first =
                    new GZIPInputStream(Files.newInputStream(disk.folder().resolve("restart.log.1.gz")))) {
                assertEquals("the first line\n", new String(first.readAllBytes()));
            }
        }
    }
}
