package org.jupyterrestart.queue;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.JsonWriter;
import com.google.gson.stream.MalformedJsonException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** Reads ComfyUI's queue as it comes, and has the content of prompts that are not known written down. */
final class QueueReader {
    /** In a prompt's extra data, which ComfyUI gives back with it. */
    static final String MARK = "jupyter_restart";

    static final String PUT_BACK_FOR = "put_back_for";
    private static final String CLIENT = "client_id";
    private static final String ID = "prompt_id";

    private final Predicate<String> isKnown;
    private final Taker taker;
    private final List<Item> items = new ArrayList<>();

    /** Is given the content of a prompt, and returns the number of its file. */
    interface Taker {
        long take(QueueFiles.Content content) throws IOException;
    }

    private QueueReader(Predicate<String> isKnown, Taker taker) {
        this.isKnown = isKnown;
        this.taker = taker;
    }

    /** @throws IOException also for what is no queue */
    static List<Item> read(InputStream queue, Predicate<String> isKnown, Taker taker) throws IOException {
        QueueReader reader = new QueueReader(isKnown, taker);
        try (JsonReader in = JsonStream.reader(new InputStreamReader(queue, UTF_8))) {
            reader.queue(in);
        } catch (IllegalStateException | NumberFormatException e) {
            throw new NoQueueException(e);
        }
        return reader.items;
    }

    /** The id that a file of a request begins with; empty where it is none. */
    static String idIn(Path request) throws IOException {
        try (JsonReader in = JsonStream.reader(Files.newBufferedReader(request))) {
            in.beginObject();
            return in.nextName().equals(ID) ? in.nextString() : "";
        } catch (IllegalStateException | MalformedJsonException | EOFException _) {
            return "";
        }
    }

    /** It is JSON, and no queue. */
    static final class NoQueueException extends IOException {
        private static final long serialVersionUID = 1;

        private NoQueueException(RuntimeException cause) {
            super("its queue is not understood: " + cause.getMessage(), cause);
        }
    }

    private void queue(JsonReader in) throws IOException {
        in.beginObject();
        while (in.hasNext()) {
            String name = in.nextName();
            switch (name) {
                case "queue_running", "queue_pending" -> items(in, name.equals("queue_running"));
                default -> in.skipValue();
            }
        }
        in.endObject();
    }

    private void items(JsonReader in, boolean isRunning) throws IOException {
        in.beginArray();
        while (in.hasNext()) {
            in.beginArray();
            double number = in.nextDouble();
            String id = in.nextString();
            items.add(isKnown.test(id) ? new Item(id, "", isRunning, number, 0) : unknown(in, id, isRunning, number));
            while (in.peek() != JsonToken.END_ARRAY) {
                in.skipValue();
            }
            in.endArray();
        }
        in.endArray();
    }

    private Item unknown(JsonReader in, String id, boolean isRunning, double number) throws IOException {
        Request request = new Request(in, id);
        long file = taker.take(request);
        return new Item(id, request.putBackFor, isRunning, number, file);
    }

    /** What follows the id in an item, as the request that makes ComfyUI queue it again. */
    private static final class Request implements QueueFiles.Content {
        private final JsonReader in;
        private final String id;
        private String putBackFor = "";
        private Optional<String> client = Optional.empty();

        Request(JsonReader in, String id) {
            this.in = in;
            this.id = id;
        }

        @Override
        public void write(JsonWriter out) throws IOException {
            out.beginObject();
            out.name(ID).value(id);
            out.name("prompt");
            JsonStream.copy(in, out);
            out.name("extra_data").beginObject();
            extra(in, out);
            out.name(MARK).beginObject().name(PUT_BACK_FOR).value(id).endObject();
            out.endObject();
            if (client.isPresent()) {
                out.name(CLIENT).value(client.get());
            }
            out.name("partial_execution_targets");
            JsonStream.copy(in, out);
            out.endObject();
        }

        /** All but a mark of ours. */
        private void extra(JsonReader in, JsonWriter out) throws IOException {
            if (in.peek() != JsonToken.BEGIN_OBJECT) {
                in.skipValue();
                return;
            }
            in.beginObject();
            while (in.hasNext()) {
                String name = in.nextName();
                if (name.equals(MARK)) {
                    putBackFor = QueueReader.putBackFor(JsonStream.value(in));
                } else if (name.equals(CLIENT) && in.peek() == JsonToken.STRING) {
                    client = Optional.of(in.nextString());
                    out.name(CLIENT).value(client.get());
                } else {
                    out.name(name);
                    JsonStream.copy(in, out);
                }
            }
            in.endObject();
        }
    }

    /** The prompt that one with this mark in its extra data was sent again for; empty for none. */
    static String putBackFor(JsonElement mark) {
        return mark instanceof JsonObject object && object.get(PUT_BACK_FOR) instanceof JsonPrimitive id
                ? id.getAsString()
                : "";
    }
}
