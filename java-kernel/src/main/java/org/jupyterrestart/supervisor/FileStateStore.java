package org.jupyterrestart.supervisor;

import static java.lang.System.Logger.Level.ERROR;

import com.google.gson.JsonParseException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jupyterrestart.config.AppSpec;
import org.jupyterrestart.home.AtomicFile;
import org.jupyterrestart.json.Json;
import org.jupyterrestart.lifecycle.App;

/**
 * A journal: the whole state in its first line, and one line for each change since. It is written anew at the start,
 * and when it has grown to several times what is alive in it. 0600: it may hold the environment of an adopted app, and
 * with it secrets.
 */
public final class FileStateStore implements StateStore {
    private static final System.Logger LOG = System.getLogger(FileStateStore.class.getName());
    private static final long LEAST_TO_REWRITE = 1 << 20;
    private static final int GROWTH = 4;

    private final Path file;
    private volatile Optional<JournalFile> journal = Optional.empty();
    private final Map<String, AppSpec> specs = new HashMap<>();
    private Storm storm = Storm.NONE;
    private long lengthOfWhole;

    /** {@code file} is usually {@code <home>/state.jsonl}; its folder exists. */
    public FileStateStore(Path file) {
        this.file = file;
    }

    @Override
    public void save(SavedState whole) throws IOException {
        Optional<JournalFile> before = journal;
        JournalFile written = JournalFile.replace(file, Json.write(whole));
        lengthOfWhole = written.length();
        specs.clear();
        whole.apps().forEach(app -> specs.put(app.name(), app.spec()));
        storm = whole.storm().orElse(Storm.NONE);
        journal = Optional.of(written);
        if (before.isPresent()) {
            before.get().close();
        }
    }

    @Override
    public void save(SavedChange change, Supplier<SavedState> whole) throws IOException {
        if (journal.isEmpty()) {
            save(whole.get());
        } else if (journal.get().length() < Math.max(LEAST_TO_REWRITE, GROWTH * lengthOfWhole)) {
            appendOrReplace(journal.get(), change, whole);
        } else {
            rewrite(journal.get(), change, whole.get());
        }
    }

    /** A disk that had failed and was mounted anew takes a new file, but nothing into the old one. */
    private void appendOrReplace(JournalFile to, SavedChange change, Supplier<SavedState> whole) throws IOException {
        try {
            append(to, change);
        } catch (IOException e) {
            replaceAfter(e, whole.get());
        }
    }

    private void replaceAfter(IOException failure, SavedState whole) throws IOException {
        try {
            save(whole);
        } catch (IOException again) {
            failure.addSuppressed(again);
            throw failure;
        }
    }

    /** A full disk may have room for a line where there is none for another file. */
    private void rewrite(JournalFile grown, SavedChange change, SavedState whole) throws IOException {
        try {
            save(whole);
        } catch (IOException _) {
            append(grown, change);
        }
    }

    private void append(JournalFile to, SavedChange change) throws IOException {
        App app = change.app();
        boolean isSpecKnown = specs.get(app.name()) == app.spec();
        boolean isStormKnown = storm.equals(change.storm());
        to.append(Json.write(ChangeLine.of(change, isSpecKnown, isStormKnown)));
        // Not before: what could not be written is not known to whoever reads it.
        specs.put(app.name(), app.spec());
        storm = change.storm();
    }

    @Override
    public void sync() {
        try {
            if (journal.isPresent()) {
                journal.get().sync();
            }
        } catch (IOException e) {
            LOG.log(ERROR, "Could not bring %s to the disk: %s".formatted(file, e));
        }
    }

    /** Opened: a disk that has failed may say otherwise when it is asked. */
    @Override
    public boolean takes(Path log) {
        try {
            FileChannel.open(log, StandardOpenOption.WRITE).close();
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    @Override
    public Loaded load() {
        try {
            return new Loaded.Read(read(JournalFile.read(file).lines().toList()));
        } catch (NoSuchFileException _) {
            return new Loaded.Read(SavedState.EMPTY);
        } catch (IOException | JsonParseException e) {
            return putAside(String.valueOf(e.getMessage()));
        }
    }

    /** A last line that can't be read was torn by a crash, before anything was done that rests on it. */
    private static SavedState read(List<String> lines) {
        SavedState state = lines.isEmpty() ? SavedState.EMPTY : Json.read(lines.getFirst(), SavedState.class);
        for (int i = 1; i < lines.size(); i++) {
            try {
                state = state.with(Json.read(lines.get(i), ChangeLine.class).behind(state));
            } catch (JsonParseException e) {
                if (i < lines.size() - 1) {
                    throw new JsonParseException("line %d: %s".formatted(i + 1, e.getMessage()), e);
                }
            }
        }
        return state;
    }

    /** As the file of GPUs has it. */
    private record Gpus(List<GpuBaseline> apps) {}

    @Override
    public void saveGpus(List<GpuBaseline> all) throws IOException {
        AtomicFile.write(gpus(), Json.write(new Gpus(all)) + "\n", "rw-------");
    }

    @Override
    public List<GpuBaseline> loadGpus() {
        try {
            return Json.read(Files.readString(gpus()), Gpus.class).apps();
        } catch (NoSuchFileException _) {
            return List.of();
        } catch (IOException | JsonParseException e) {
            LOG.log(ERROR, "%s can't be read, and no GPU memory is waited for: %s".formatted(gpus(), e));
            return List.of();
        }
    }

    private Path gpus() {
        return file.resolveSibling("gpus.json");
    }

    private Loaded putAside(String why) {
        Path aside = IntStream.iterate(1, n -> n + 1)
                .mapToObj(n -> file.resolveSibling(file.getFileName() + ".broken-" + n))
                .filter(path -> !Files.exists(path))
                .findFirst()
                .orElseThrow();
        try {
            Files.move(file, aside);
        } catch (IOException e) {
            return new Loaded.Broken(file, why + "; it can't be moved either: " + e.getMessage());
        }
        return new Loaded.Broken(aside, why);
    }
}
