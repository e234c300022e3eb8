package org.jupyterrestart.json;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonSyntaxException;
import com.google.gson.Strictness;
import com.google.gson.ToNumberPolicy;
import com.google.gson.stream.JsonReader;
import java.io.IOException;
import java.io.StringReader;
import java.time.Instant;

/**
 * JSON as the contract writes it, everywhere the same: snake_case names, nulls written, times in RFC 3339 UTC with
 * milliseconds. Reading ignores unknown fields; a missing required one is an error that names it.
 */
public final class Json {
    private static final Gson GSON = new GsonBuilder()
            .setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES)
            .setObjectToNumberStrategy(ToNumberPolicy.LONG_OR_DOUBLE)
            .setStrictness(Strictness.STRICT)
            .serializeNulls()
            .disableHtmlEscaping()
            .registerTypeAdapter(int.class, new IntAdapter())
            .registerTypeAdapter(Integer.class, new IntAdapter())
            .registerTypeAdapter(Instant.class, new InstantAdapter())
            .registerTypeAdapterFactory(new EnumAdapters())
            .registerTypeAdapterFactory(new OptionalAdapters())
            .registerTypeAdapterFactory(new RecordAdapters())
            .registerTypeAdapterFactory(new SealedAdapters())
            .registerTypeAdapterFactory(new TextAdapters())
            .create();

    private Json() {}

    /** One line, without its end. */
    public static String write(Object value) {
        return GSON.toJson(value);
    }

    /** @throws JsonParseException when {@code text} is no JSON or no {@code type}; its message says which field */
    public static <T> T read(String text, Class<T> type) {
        return read(parse(text), type);
    }

    /** @throws JsonParseException when {@code element} is no {@code type}; its message says which field */
    public static <T> T read(JsonElement element, Class<T> type) {
        return GSON.fromJson(element, type);
    }

    /** @throws JsonParseException when {@code text} is anything but one JSON object */
    public static JsonObject readObject(String text) {
        if (parse(text) instanceof JsonObject object) {
            return object;
        }
        throw new JsonParseException("it is no JSON object");
    }

    private static JsonElement parse(String text) {
        try (JsonReader reader = new JsonReader(new StringReader(text))) {
            reader.setStrictness(Strictness.STRICT);
            JsonElement element = JsonParser.parseReader(reader);
            var _ = reader.peek(); // A strict reader fails here on anything but the end.
            return element;
        } catch (IOException | JsonSyntaxException e) {
            // Gson's own words are about its settings; they stay in the cause.
            throw new JsonParseException("it is no JSON", e);
        }
    }
}
