package org.jupyterrestart.json;

import com.google.gson.Gson;
import com.google.gson.JsonParseException;
import com.google.gson.TypeAdapter;
import com.google.gson.TypeAdapterFactory;
import com.google.gson.reflect.TypeToken;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.lang.reflect.Method;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Enums by the names of the contract: their {@code wireName()} where they have one, else the name in lower case. */
final class EnumAdapters implements TypeAdapterFactory {
    @Override
    public <T> TypeAdapter<T> create(Gson gson, TypeToken<T> type) {
        Class<? super T> raw = type.getRawType();
        if (!raw.isEnum()) {
            return null;
        }
        Map<String, T> byName = new LinkedHashMap<>();
        for (Object constant : raw.getEnumConstants()) {
            @SuppressWarnings("unchecked") // A constant of T's class is a T.
            T value = (T) constant;
            byName.put(wireName((Enum<?>) constant), value);
        }
        return new Adapter<>(byName);
    }

    static String wireName(Enum<?> value) {
        try {
            Method method = value.getDeclaringClass().getMethod("wireName");
            return (String) method.invoke(value);
        } catch (NoSuchMethodException _) {
            return value.name().toLowerCase(Locale.ROOT);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("wireName() of %s failed".formatted(value), e);
        }
    }

    private static final class Adapter<T> extends TypeAdapter<T> {
        private final Map<String, T> byName;
        private final String[] names;

        Adapter(Map<String, T> byName) {
            this.byName = byName;
            names = byName.keySet().toArray(String[]::new); // in the order of the ordinals
        }

        @Override
        public void write(JsonWriter out, T value) throws IOException {
            out.value(names[((Enum<?>) value).ordinal()]);
        }

        @Override
        public T read(JsonReader in) throws IOException {
            String name = in.nextString();
            T value = byName.get(name);
            if (value == null) {
                throw new JsonParseException(
                        "\"%s\" is none of %s".formatted(name, String.join(", ", byName.keySet())));
            }
            return value;
        }
    }
}
