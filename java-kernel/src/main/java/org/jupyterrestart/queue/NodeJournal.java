package org.jupyterrestart.queue;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonParseException;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The journal of our node while its ComfyUI is away: read, never written. As in the node, a line that is damaged or of
 * a type that is not known counts for nothing.
 */
final class NodeJournal {
    private static final String FILE = "journal.jsonl";
    private static final String STOPPED = "ComfyUI was stopped by the user";

    private final Map<Long, Entry> entries = new LinkedHashMap<>();
    private boolean isStoppedByUser;

    private NodeJournal() {}

    private enum Place {
        DUE,
        KEPT
    }

    private record Entry(String promptId, Place place, String why) {
        Entry in(Place next, String reason) {
            return new Entry(promptId, next, reason);
        }
    }

    /**
     * What ComfyUI has left.
     *
     * @param kept what its next start does not put back by itself
     * @param due how many it does
     */
    record Left(List<KeptPrompt> kept, int due) {
        static final Left NOTHING = new Left(List.of(), 0);

        Left {
            kept = List.copyOf(kept);
        }
    }

    /** Nothing where there is no journal in the folder. */
    static Left in(String folder) throws IOException {
        Path file = file(folder);
        if (folder.isEmpty() || !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return Left.NOTHING;
        }
        NodeJournal journal = new NodeJournal();
        try (BufferedReader lines = Files.newBufferedReader(file, UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                journal.take(line);
            }
        }
        return journal.left();
    }

    private static Path file(String folder) throws IOException {
        try {
            return Path.of(folder, FILE);
        } catch (InvalidPathException e) {
            throw new IOException(folder + " is no folder", e);
        }
    }

    private void take(String line) {
        try {
            Fields.of(line).ifKnown(this::take);
        } catch (IOException | IllegalStateException | NumberFormatException | JsonParseException _) {
            // Torn by a kill, or a record of a newer node.
        }
    }

    private void take(Fields it) {
        switch (it.type) {
            case "accepted" -> entries.put(it.entry, new Entry(it.promptId, place(it.place), it.why));
            case "finished" -> entries.remove(it.entry);
            case "kept" -> move(it.entry, place(it.place), it.why);
            case "put_back" -> move(it.entry, Place.DUE, "");
            case "renumbered" -> it.entries.forEach(entry -> move(entry, Place.DUE, ""));
            case "gate" -> isStoppedByUser = it.isClosed && !it.purpose.equals("restart");
            case "stopped_by_user" -> isStoppedByUser = true;
            case "opened" -> isStoppedByUser = false;
            default -> {}
        }
    }

    private static Place place(String word) {
        return word.equals("parked") || word.equals("refused") ? Place.KEPT : Place.DUE;
    }

    private void move(long entry, Place place, String why) {
        entries.computeIfPresent(entry, (_, known) -> known.in(place, why));
    }

    private Left left() {
        List<KeptPrompt> kept = new ArrayList<>();
        for (Entry entry : entries.values()) {
            if (entry.place() == Place.KEPT) {
                kept.add(new KeptPrompt(entry.promptId(), entry.why()));
            } else if (isStoppedByUser) {
                kept.add(new KeptPrompt(entry.promptId(), STOPPED));
            }
        }
        return new Left(kept, entries.size() - kept.size());
    }

    /** Of one line, without the content of a prompt. */
    private static final class Fields {
        private String type = "";
        private long entry;
        private final List<Long> entries = new ArrayList<>();
        private String promptId = "";
        private String place = "";
        private String why = "";
        private boolean isClosed;
        private String purpose = "";

        static Fields of(String line) throws IOException {
            Fields fields = new Fields();
            try (JsonReader in = JsonStream.reader(new StringReader(line))) {
                in.beginObject();
                while (in.hasNext()) {
                    fields.read(in.nextName(), in);
                }
                in.endObject();
            }
            return fields;
        }

        void ifKnown(java.util.function.Consumer<Fields> taker) {
            if (!type.isEmpty()) {
                taker.accept(this);
            }
        }

        private void read(String name, JsonReader in) throws IOException {
            switch (name) {
                case "type" -> type = in.nextString();
                case "entry" -> entry = in.nextLong();
                case "place" -> place = in.nextString();
                case "why" -> why = in.nextString();
                case "closed" -> isClosed = in.nextBoolean();
                case "purpose" -> purpose = in.nextString();
                case "entries" -> {
                    in.beginArray();
                    while (in.hasNext()) {
                        entries.add(in.nextLong());
                    }
                    in.endArray();
                }
                case "item" -> {
                    in.beginArray();
                    in.skipValue();
                    promptId = in.nextString();
                    while (in.peek() != JsonToken.END_ARRAY) {
                        in.skipValue();
                    }
                    in.endArray();
                }
                default -> in.skipValue();
            }
        }
    }
}
