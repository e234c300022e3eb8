package org.jupyterrestart.json;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonPrimitive;
import com.google.gson.TypeAdapter;
import com.google.gson.TypeAdapterFactory;
import com.google.gson.reflect.TypeToken;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Records of a sealed interface: an object with the record's name as {@code kind}. */
final class SealedAdapters implements TypeAdapterFactory {
    private static final String KIND = "kind";

    @Override
    public <T> TypeAdapter<T> create(Gson gson, TypeToken<T> type) {
        Class<? super T> raw = type.getRawType();
        if (raw.isInterface() && raw.isSealed()) {
            return new OfInterface<>(gson, records(raw).collect(Collectors.toMap(Class::getSimpleName, of -> of)));
        }
        return raw.isRecord() && Arrays.stream(raw.getInterfaces()).anyMatch(Class::isSealed)
                ? new OfRecord<>(raw.getSimpleName(), (RecordAdapters.Adapter<T>) gson.getDelegateAdapter(this, type))
                : null;
    }

    private static Stream<Class<?>> records(Class<?> type) {
        return type.isRecord()
                ? Stream.of(type)
                : Arrays.stream(type.getPermittedSubclasses())
                        .flatMap(SealedAdapters::records)
                        .distinct();
    }

    private static final class OfInterface<T> extends TypeAdapter<T> {
        private final Gson gson;
        private final Map<String, ? extends Class<?>> kinds;

        OfInterface(Gson gson, Map<String, ? extends Class<?>> kinds) {
            this.gson = gson;
            this.kinds = kinds;
        }

        @Override
        @SuppressWarnings("unchecked") // The adapter of its class.
        public void write(JsonWriter out, T value) throws IOException {
            ((TypeAdapter<T>) gson.getAdapter(value.getClass())).write(out, value);
        }

        @Override
        @SuppressWarnings("unchecked") // Each kind is a record of T.
        public T read(JsonReader in) {
            JsonElement element = gson.fromJson(in, JsonElement.class);
            Class<?> kind = element instanceof JsonObject object && object.get(KIND) instanceof JsonPrimitive name
                    ? kinds.get(name.getAsString())
                    : null;
            if (kind == null) {
                throw new JsonParseException(
                        "%s has no \"%s\" out of %s".formatted(element, KIND, String.join(", ", kinds.keySet())));
            }
            return (T) gson.fromJson(element, kind);
        }
    }

    /** Gson asks the record's own adapter to write a field of the interface's type. */
    private static final class OfRecord<T> extends TypeAdapter<T> {
        private final String kind;
        private final RecordAdapters.Adapter<T> record;

        OfRecord(String kind, RecordAdapters.Adapter<T> record) {
            this.kind = kind;
            this.record = record;
        }

        @Override
        public void write(JsonWriter out, T value) throws IOException {
            out.beginObject().name(KIND).value(kind);
            record.writeFields(out, value);
            out.endObject();
        }

        @Override
        public T read(JsonReader in) throws IOException {
            return record.read(in);
        }
    }
}
