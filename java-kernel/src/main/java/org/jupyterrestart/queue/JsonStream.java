package org.jupyterrestart.queue;

import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.util.function.Consumer;

/** JSON that passes through as it comes: a workflow may be megabytes, and a queue hundreds of them. */
final class JsonStream {
    private JsonStream() {}

    /** Of what Python writes. */
    static JsonReader reader(Reader text) {
        JsonReader in = new JsonReader(text);
        in.setStrictness(Strictness.LENIENT);
        return in;
    }

    static JsonWriter writer(Writer text) {
        JsonWriter out = new JsonWriter(text);
        out.setStrictness(Strictness.LENIENT);
        out.setHtmlSafe(false);
        return out;
    }

    /** One value that is small. */
    static JsonElement value(JsonReader in) throws IOException {
        try {
            return JsonParser.parseReader(in);
        } catch (JsonParseException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /** One value, with all that is in it. */
    static void copy(JsonReader in, JsonWriter out) throws IOException {
        int depth = 0;
        do {
            depth += copyToken(in, out);
        } while (depth > 0);
    }

    /** One value, of which only the texts in it are told, without the names. */
    static void texts(JsonReader in, Consumer<String> told) throws IOException {
        int depth = 0;
        do {
            JsonToken token = in.peek();
            switch (token) {
                case BEGIN_ARRAY -> in.beginArray();
                case BEGIN_OBJECT -> in.beginObject();
                case END_ARRAY -> in.endArray();
                case END_OBJECT -> in.endObject();
                case NAME -> {
                    String _ = in.nextName();
                }
                case STRING -> told.accept(in.nextString());
                case NUMBER, BOOLEAN, NULL -> in.skipValue();
                case END_DOCUMENT -> throw new IOException("it ends too soon");
            }
            depth += deeper(token);
        } while (depth > 0);
    }

    /** Returns by how much it leads deeper. */
    private static int copyToken(JsonReader in, JsonWriter out) throws IOException {
        JsonToken token = in.peek();
        switch (token) {
            case BEGIN_ARRAY -> {
                in.beginArray();
                out.beginArray();
            }
            case END_ARRAY -> {
                in.endArray();
                out.endArray();
            }
            case BEGIN_OBJECT -> {
                in.beginObject();
                out.beginObject();
            }
            case END_OBJECT -> {
                in.endObject();
                out.endObject();
            }
            case NAME -> out.name(in.nextName());
            case STRING -> out.value(in.nextString());
            case NUMBER -> out.jsonValue(in.nextString()); // digit by digit: a seed has more of them than a double
            case BOOLEAN -> out.value(in.nextBoolean());
            case NULL -> {
                in.nextNull();
                out.nullValue();
            }
            case END_DOCUMENT -> throw new IOException("it ends too soon");
        }
        return deeper(token);
    }

    private static int deeper(JsonToken token) {
        return switch (token) {
            case BEGIN_ARRAY, BEGIN_OBJECT -> 1;
            case END_ARRAY, END_OBJECT -> -1;
            default -> 0;
        };
    }
}
