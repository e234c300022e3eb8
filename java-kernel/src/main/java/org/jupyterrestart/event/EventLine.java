package org.jupyterrestart.event;

import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jupyterrestart.json.Json;

/** An event as one line of the log, which is also its form in the API. */
final class EventLine {
    private static final Pattern START = Pattern.compile("\\{\"seq\":(\\d{1,18}),");

    private EventLine() {}

    /** Without the line's end. */
    static String write(Event event) {
        return Json.write(event);
    }

    /** Empty for a torn line, and for a type that only a newer version knows. */
    static Optional<Event> read(String line) {
        try {
            return Optional.of(Json.read(line, Event.class));
        } catch (JsonParseException _) {
            return Optional.empty();
        }
    }

    /** Empty as well for an event up to {@code after}, which is passed over without reading the rest of it. */
    static Optional<Event> readAfter(long after, String line) {
        Matcher start = START.matcher(line);
        boolean isBefore = start.lookingAt() && Long.parseLong(start.group(1)) <= after;
        return isBefore ? Optional.empty() : read(line).filter(event -> event.seq() > after);
    }

    /** The seq alone, which every version can read; empty for a torn line. */
    static OptionalLong seq(String line) {
        try {
            JsonElement seq = Json.readObject(line).get("seq");
            return seq == null ? OptionalLong.empty() : OptionalLong.of(seq.getAsLong());
        } catch (JsonParseException | IllegalStateException | NumberFormatException _) {
            return OptionalLong.empty();
        }
    }
}
