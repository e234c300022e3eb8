package org.jupyterrestart.event;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.jupyterrestart.home.LastingMove;

/**
 * The segments that are written no more, {@code events-FIRSTSEQ.jsonl} and later {@code .jsonl.gz}. Not thread-safe:
 * its owner's lock guards it.
 */
final class EventArchive {
    private static final Pattern NAME = Pattern.compile("events-(\\d{1,18})\\.jsonl(\\.gz)?");

    private final Path folder;
    private final TreeMap<Long, Path> byFirstSeq = new TreeMap<>();

    EventArchive(Path folder) throws IOException {
        this.folder = folder;
        List<Path> files;
        try (Stream<Path> list = Files.list(folder)) {
            files = list.sorted().toList();
        }
        for (Path file : files) {
            Matcher name = NAME.matcher(file.getFileName().toString());
            if (name.matches()) {
                Path plain = byFirstSeq.put(Long.parseLong(name.group(1)), file);
                // A crash left both forms. Sorted, so this one is the .gz; it is complete, for it was renamed.
                if (plain != null) {
                    Files.delete(plain);
                }
            }
        }
    }

    Path nameFor(long firstSeq) {
        return folder.resolve("events-%d.jsonl".formatted(firstSeq));
    }

    void add(long firstSeq, Path file) {
        byFirstSeq.put(firstSeq, file);
    }

    /** Deletes the oldest beyond {@code keep}. */
    void keepLast(int keep) throws IOException {
        while (byFirstSeq.size() > keep) {
            Files.deleteIfExists(byFirstSeq.firstEntry().getValue());
            byFirstSeq.pollFirstEntry();
        }
    }

    OptionalLong oldestSeq() {
        return byFirstSeq.isEmpty() ? OptionalLong.empty() : OptionalLong.of(byFirstSeq.firstKey());
    }

    /** The files that may hold a seq above {@code after}, oldest first. */
    Collection<Path> filesAfter(long after) {
        Long from = byFirstSeq.floorKey(after + 1);
        return List.copyOf((from == null ? byFirstSeq : byFirstSeq.tailMap(from)).values());
    }

    List<Path> uncompressed() {
        return byFirstSeq.values().stream()
                .filter(file -> !file.toString().endsWith(".gz"))
                .toList();
    }

    /** A compressed copy under a temporary name: takes long, changes nothing that is known. */
    static Path compress(Path file) throws IOException {
        Path temporary = file.resolveSibling(file.getFileName() + ".gz.new");
        Gzip.compress(file, temporary);
        return temporary;
    }

    /** Puts the compressed copy in the place of {@code file}, unless that was dropped meanwhile. */
    void replace(Path file, Path compressed) throws IOException {
        if (!byFirstSeq.containsValue(file)) {
            Files.delete(compressed);
            return;
        }
        Path target = file.resolveSibling(file.getFileName() + ".gz");
        LastingMove.replace(compressed, target);
        byFirstSeq.replaceAll((_, known) -> known.equals(file) ? target : known);
        Files.delete(file);
    }

    /** Opens a segment in either form. */
    static BufferedReader read(Path file) throws IOException {
        InputStream in = Files.newInputStream(file);
        try {
            InputStream plain = file.toString().endsWith(".gz") ? new GZIPInputStream(in) : in;
            return new BufferedReader(new InputStreamReader(plain, UTF_8));
        } catch (IOException e) {
            in.close();
            throw e;
        }
    }
}
