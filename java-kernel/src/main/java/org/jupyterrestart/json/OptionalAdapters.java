package org.jupyterrestart.json;

import com.google.gson.Gson;
import com.google.gson.TypeAdapter;
import com.google.gson.TypeAdapterFactory;
import com.google.gson.reflect.TypeToken;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Function;

/** {@code Optional}, {@code OptionalInt}, {@code OptionalLong}: null where empty. */
final class OptionalAdapters implements TypeAdapterFactory {
    @Override
    @SuppressWarnings("unchecked") // Each branch has just found out what T is.
    public <T> TypeAdapter<T> create(Gson gson, TypeToken<T> type) {
        Class<? super T> raw = type.getRawType();
        if (raw == Optional.class) {
            Type of = ((ParameterizedType) type.getType()).getActualTypeArguments()[0];
            return (TypeAdapter<T>) ofOptional(gson.getAdapter(TypeToken.get(of)));
        }
        if (raw == OptionalInt.class) {
            return (TypeAdapter<T>) new Adapter<>(
                    gson.getAdapter(Integer.class),
                    OptionalInt.empty(),
                    OptionalInt::of,
                    some -> some.isPresent() ? Optional.of(some.getAsInt()) : Optional.empty());
        }
        if (raw == OptionalLong.class) {
            return (TypeAdapter<T>) new Adapter<>(
                    gson.getAdapter(Long.class),
                    OptionalLong.empty(),
                    OptionalLong::of,
                    some -> some.isPresent() ? Optional.of(some.getAsLong()) : Optional.empty());
        }
        return null;
    }

    private static <V> Adapter<V, Optional<V>> ofOptional(TypeAdapter<V> value) {
        return new Adapter<>(value, Optional.empty(), Optional::of, some -> some);
    }

    private static final class Adapter<V, O> extends TypeAdapter<O> {
        private final TypeAdapter<V> value;
        private final O empty;
        private final Function<V, O> wrap;
        private final Function<O, Optional<V>> unwrap;

        Adapter(TypeAdapter<V> value, O empty, Function<V, O> wrap, Function<O, Optional<V>> unwrap) {
            this.value = value;
            this.empty = empty;
            this.wrap = wrap;
            this.unwrap = unwrap;
        }

        @Override
        public void write(JsonWriter out, O optional) throws IOException {
            Optional<V> some = unwrap.apply(optional);
            if (some.isPresent()) {
                value.write(out, some.get());
            } else {
                out.nullValue();
            }
        }

        @Override
        public O read(JsonReader in) throws IOException {
            if (in.peek() == JsonToken.NULL) {
                in.nextNull();
                return empty;
            }
            return wrap.apply(value.read(in));
        }
    }
}
