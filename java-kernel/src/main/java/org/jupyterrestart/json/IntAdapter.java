package org.jupyterrestart.json;

import com.google.gson.JsonParseException;
import com.google.gson.TypeAdapter;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;

/** Whole numbers that an int can hold. Gson alone cuts larger ones, and a pid becomes that of another process. */
final class IntAdapter extends TypeAdapter<Integer> {
    @Override
    public void write(JsonWriter out, Integer value) throws IOException {
        out.value(value);
    }

    @Override
    public Integer read(JsonReader in) throws IOException {
        String text = in.nextString();
        try {
            return Integer.valueOf(text);
        } catch (NumberFormatException e) {
            throw new JsonParseException(
                    "%s is no whole number from %d to %d".formatted(text, Integer.MIN_VALUE, Integer.MAX_VALUE), e);
        }
    }
}
