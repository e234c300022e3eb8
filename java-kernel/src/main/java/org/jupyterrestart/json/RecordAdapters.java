package org.jupyterrestart.json;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.TypeAdapter;
import com.google.gson.TypeAdapterFactory;
import com.google.gson.reflect.TypeToken;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;

/**
 * Records without surprise: what is absent or null becomes the empty Optional where the record allows it and an error
 * that names the field where it does not; Gson alone would pass null or 0.
 */
final class RecordAdapters implements TypeAdapterFactory {
    @Override
    public <T> TypeAdapter<T> create(Gson gson, TypeToken<T> type) {
        Class<? super T> raw = type.getRawType();
        return raw.isRecord()
                ? new Adapter<>(
                        gson.getDelegateAdapter(this, type),
                        gson.getAdapter(JsonElement.class),
                        RecordField.of(raw.asSubclass(Record.class)),
                        Component.of(gson, type))
                : null;
    }

    /** How one component is written. */
    private record Component(String name, Method accessor, TypeAdapter<Object> adapter) {
        @SuppressWarnings("unchecked") // An adapter for the component's type takes the component's values.
        static List<Component> of(Gson gson, TypeToken<?> type) {
            return Arrays.stream(type.getRawType().getRecordComponents())
                    .map(component -> {
                        Method accessor = component.getAccessor();
                        accessor.setAccessible(true);
                        var adapter = (TypeAdapter<Object>) gson.getAdapter(TypeToken.get(component.getGenericType()));
                        String name = RecordField.wireName(type.getRawType().asSubclass(Record.class), component);
                        return new Component(name, accessor, adapter);
                    })
                    .toList();
        }

        void write(JsonWriter out, Object record) throws IOException {
            out.name(name);
            try {
                adapter.write(out, accessor.invoke(record));
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("can't read %s of %s".formatted(name, record), e);
            }
        }
    }

    /** Writes no more objects than there are: each saved change is written on the way from a crash to the start. */
    static final class Adapter<T> extends TypeAdapter<T> {
        private final TypeAdapter<T> whole;
        private final TypeAdapter<JsonElement> tree;
        private final List<RecordField> fields;
        private final List<Component> components;

        private Adapter(
                TypeAdapter<T> whole,
                TypeAdapter<JsonElement> tree,
                List<RecordField> fields,
                List<Component> components) {
            this.whole = whole;
            this.tree = tree;
            this.fields = fields;
            this.components = components;
        }

        @Override
        public void write(JsonWriter out, T value) throws IOException {
            if (value == null) {
                out.nullValue();
                return;
            }
            out.beginObject();
            writeFields(out, value);
            out.endObject();
        }

        /** Into an object that is begun. */
        void writeFields(JsonWriter out, T value) throws IOException {
            for (Component component : components) {
                component.write(out, value);
            }
        }

        @Override
        public T read(JsonReader in) throws IOException {
            if (!(tree.read(in) instanceof JsonObject object)) {
                throw new JsonParseException("it is no JSON object");
            }
            for (RecordField field : fields) {
                complete(object, field);
            }
            try {
                return whole.fromJsonTree(object);
            } catch (IllegalArgumentException | NullPointerException e) {
                throw new JsonParseException(String.valueOf(e.getMessage()), e);
            }
        }

        private static void complete(JsonObject object, RecordField field) {
            JsonElement value = object.get(field.name());
            boolean isMissing = value == null || value.isJsonNull();
            if (isMissing && field.isRequired()) {
                throw new JsonParseException("field \"%s\" is missing".formatted(field.name()));
            }
            if (value == null) {
                object.add(field.name(), JsonNull.INSTANCE);
            } else if (!isMissing && !field.kind().accepts(value)) {
                throw new JsonParseException("field \"%s\" must be %s, not %s"
                        .formatted(field.name(), field.kind().words(), value));
            }
        }
    }
}
