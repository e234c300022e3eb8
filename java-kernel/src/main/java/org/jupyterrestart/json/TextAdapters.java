package org.jupyterrestart.json;

import com.google.gson.Gson;
import com.google.gson.JsonParseException;
import com.google.gson.TypeAdapter;
import com.google.gson.TypeAdapterFactory;
import com.google.gson.reflect.TypeToken;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.Map;
import java.util.function.Function;

/** Types that Java itself writes as text and reads back: {@code PT10S}, {@code /tmp}, {@code 22:00}, {@code Europe/Paris}. */
final class TextAdapters implements TypeAdapterFactory {
    private static final Map<Class<?>, Function<String, ?>> READERS = Map.of(
            Duration.class, Duration::parse,
            LocalTime.class, LocalTime::parse,
            Path.class, Path::of,
            ZoneId.class, ZoneId::of);

    @Override
    @SuppressWarnings("unchecked") // Each reader makes the type it is listed under.
    public <T> TypeAdapter<T> create(Gson gson, TypeToken<T> type) {
        return READERS.entrySet().stream()
                // A path and a zone are of hidden classes when they are written.
                .filter(reader -> reader.getKey().isAssignableFrom(type.getRawType()))
                .findFirst()
                .map(reader -> new Adapter<>((Function<String, T>) reader.getValue()))
                .orElse(null);
    }

    private static final class Adapter<T> extends TypeAdapter<T> {
        private final Function<String, T> reader;

        Adapter(Function<String, T> reader) {
            this.reader = reader;
        }

        @Override
        public void write(JsonWriter out, T value) throws IOException {
            out.value(value.toString());
        }

        @Override
        public T read(JsonReader in) throws IOException {
            String text = in.nextString();
            try {
                return reader.apply(text);
            } catch (DateTimeException | InvalidPathException e) {
                throw new JsonParseException("\"%s\" can't be read: %s".formatted(text, e.getMessage()), e);
            }
        }
    }
}
