package org.jupyterrestart.json;

import com.google.gson.JsonParseException;
import com.google.gson.TypeAdapter;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** RFC 3339: writes UTC with milliseconds, reads any offset. */
final class InstantAdapter extends TypeAdapter<Instant> {
    private static final DateTimeFormatter FORMAT =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSX").withZone(ZoneOffset.UTC);

    @Override
    public void write(JsonWriter out, Instant value) throws IOException {
        out.value(FORMAT.format(value));
    }

    @Override
    public Instant read(JsonReader in) throws IOException {
        String text = in.nextString();
        try {
            return Instant.parse(text);
        } catch (DateTimeException e) {
            throw new JsonParseException("\"%s\" is no time; write it like 2026-11-24T06:00:00Z".formatted(text), e);
        }
    }
}
