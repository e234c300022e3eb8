package org.jupyterrestart.queue;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import com.google.gson.JsonParseException;
import com.google.gson.stream.JsonWriter;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jupyterrestart.home.LastingMove;
import org.jupyterrestart.json.Json;

/**
 * A ledger and the content of its prompts, each in a file that is a whole request, in a folder for their owner only: a
 * prompt may bring an API key along. What a method has written is on the disk when it returns.
 */
final class QueueFiles {
    static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    static final FileAttribute<Set<PosixFilePermission>> OWNERS_FOLDER =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private static final Pattern CONTENT = Pattern.compile("(\\d{1,18})\\.json");

    private final Path folder;
    private long lastFile;

    /** {@code folder} need not be there yet. */
    QueueFiles(Path folder) {
        this.folder = folder;
    }

    /** Writes one value. */
    interface Content {
        void write(JsonWriter out) throws IOException;
    }

    /** Prompts that are set aside: whoever wants one again sends its file. */
    Path keptFolder() {
        return folder.resolve("kept");
    }

    /** What prompts load out of ComfyUI's temp folder. */
    Path tempFolder() {
        return folder.resolve("temp");
    }

    /** Numbers of the files of prompts that are in a queue, or are to be put back. */
    List<Long> queued() throws IOException {
        return numbers(folder);
    }

    /** Likewise, of prompts that are set aside. */
    List<Long> aside() throws IOException {
        return numbers(keptFolder());
    }

    /** What the prompt in {@code file} loads out of ComfyUI's temp folder; nothing where it is over. */
    Set<TempName> tempNames(long file) throws IOException {
        for (Path request : List.of(file(file), kept(file))) {
            if (Files.exists(request)) {
                return TempName.in(request);
            }
        }
        return Set.of();
    }

    /** A prompt that is set aside, and its file. */
    record KeptFile(long file, KeptPrompt prompt) {}

    /** In the order in which they came. */
    List<KeptFile> kept() throws IOException {
        List<KeptFile> kept = new ArrayList<>();
        for (long file : numbers(keptFolder()).stream().sorted().toList()) {
            kept.add(new KeptFile(file, new KeptPrompt(QueueReader.idIn(kept(file)), why(file))));
        }
        return kept;
    }

    private String why(long file) throws IOException {
        try {
            return Files.readString(reason(file));
        } catch (NoSuchFileException _) {
            return ""; // set aside by a version that did not write it down
        }
    }

    /** What no ledger knows was written just before a kill, and is still in the queue. */
    Ledger load() throws IOException {
        Ledger ledger = read();
        Set<Long> known = ledger.prompts().stream().map(Prompt::file).collect(Collectors.toSet());
        for (long file : numbers(folder)) {
            lastFile = Math.max(lastFile, file);
            if (!known.contains(file)) {
                delete(file);
            }
        }
        for (long file : numbers(keptFolder())) {
            lastFile = Math.max(lastFile, file);
            if (known.contains(file) && Files.exists(file(file))) {
                dropKept(file); // it was brought back just before a kill
            }
        }
        return ledger;
    }

    private Ledger read() throws IOException {
        try {
            return Json.read(Files.readString(ledger()), Ledger.class);
        } catch (NoSuchFileException _) {
            return Ledger.EMPTY;
        } catch (JsonParseException e) {
            throw new IOException("%s can't be read: %s".formatted(ledger(), e.getMessage()), e);
        }
    }

    void save(Ledger ledger) throws IOException {
        replace(ledger(), ledger);
    }

    /** What can't be read was the last run's, which is no longer known then. */
    NodeKinds loadNodes() throws IOException {
        try {
            return Json.read(Files.readString(nodes()), NodeKinds.class);
        } catch (NoSuchFileException | JsonParseException _) {
            return NodeKinds.NONE;
        }
    }

    void save(NodeKinds nodes) throws IOException {
        replace(nodes(), nodes);
    }

    /** What can't be read was never written by this version. */
    NodeOrders loadOrders() throws IOException {
        try {
            return Json.read(Files.readString(orders()), NodeOrders.class);
        } catch (NoSuchFileException | JsonParseException _) {
            return NodeOrders.NONE;
        }
    }

    void save(NodeOrders orders) throws IOException {
        replace(orders(), orders);
    }

    private void replace(Path file, Object value) throws IOException {
        Files.createDirectories(folder, OWNERS_FOLDER);
        Path next = folder.resolve(file.getFileName() + ".next");
        Files.deleteIfExists(next);
        write(next, out -> out.jsonValue(Json.write(value)));
        LastingMove.replace(next, file);
    }

    /** Returns the number of the file. */
    long add(Content content) throws IOException {
        Files.createDirectories(folder, OWNERS_FOLDER);
        lastFile++;
        try {
            write(file(lastFile), content);
        } catch (IOException e) {
            delete(lastFile);
            throw e;
        }
        return lastFile;
    }

    String content(long file) throws IOException {
        return Files.readString(file(file));
    }

    void delete(long file) throws IOException {
        Files.deleteIfExists(file(file));
    }

    /** Can be repeated. */
    void setAside(long file, String why) throws IOException {
        Files.createDirectories(keptFolder(), OWNERS_FOLDER);
        if (Files.exists(file(file))) {
            Files.deleteIfExists(reason(file));
            writeText(reason(file), why);
            LastingMove.replace(file(file), kept(file));
        }
    }

    /** A ledger may know it again; it is kept as well until {@link #dropKept}. */
    void bringBack(long file) throws IOException {
        delete(file);
        try {
            Files.createLink(file(file), kept(file));
        } catch (UnsupportedOperationException | FileSystemException _) {
            String content = Files.readString(kept(file));
            writeText(file(file), content);
        }
    }

    void dropKept(long file) throws IOException {
        Files.deleteIfExists(kept(file));
        Files.deleteIfExists(reason(file));
    }

    Path kept(long file) {
        return keptFolder().resolve(file + ".json");
    }

    private Path reason(long file) {
        return keptFolder().resolve(file + ".why");
    }

    private Path ledger() {
        return folder.resolve("ledger.json");
    }

    private Path nodes() {
        return folder.resolve("nodes.json");
    }

    private Path orders() {
        return folder.resolve("node.json");
    }

    private Path file(long number) {
        return folder.resolve(number + ".json");
    }

    private static void writeText(Path file, String text) throws IOException {
        try (FileChannel channel = FileChannel.open(file, Set.of(CREATE_NEW, WRITE), OWNER_ONLY)) {
            ByteBuffer bytes = UTF_8.encode(text);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(false);
        }
    }

    private static void write(Path file, Content content) throws IOException {
        try (FileChannel channel = FileChannel.open(file, Set.of(CREATE_NEW, WRITE), OWNER_ONLY);
                JsonWriter out =
                        JsonStream.writer(new BufferedWriter(Channels.newWriter(channel, UTF_8.newEncoder(), -1)))) {
            content.write(out);
            out.flush();
            channel.force(false);
        }
    }

    private static List<Long> numbers(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> CONTENT.matcher(file.getFileName().toString()))
                    .filter(Matcher::matches)
                    .map(name -> Long.parseLong(name.group(1)))
                    .toList();
        } catch (NoSuchFileException _) {
            return List.of();
        }
    }
}
