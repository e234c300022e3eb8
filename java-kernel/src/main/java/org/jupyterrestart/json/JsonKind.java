package org.jupyterrestart.json;

import com.google.gson.JsonElement;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** What kind of JSON a Java type is written as. */
public enum JsonKind {
    BOOLEAN(
            "true or false",
            value -> value.isJsonPrimitive() && value.getAsJsonPrimitive().isBoolean()),
    INTEGER("a whole number", value -> isNumber(value) && value.getAsString().matches("-?\\d{1,18}")),
    NUMBER("a number", JsonKind::isNumber),
    STRING(
            "a string",
            value -> value.isJsonPrimitive() && value.getAsJsonPrimitive().isString()),
    LIST("a list", JsonElement::isJsonArray),
    OBJECT("an object", JsonElement::isJsonObject);

    private final String words;
    private final Predicate<JsonElement> test;

    JsonKind(String words, Predicate<JsonElement> test) {
        this.words = words;
        this.test = test;
    }

    static JsonKind of(Class<?> type) {
        if (type == boolean.class || type == Boolean.class) {
            return BOOLEAN;
        }
        if (type == int.class || type == long.class || type == Integer.class || type == Long.class) {
            return INTEGER;
        }
        if (type == double.class || type == Double.class) {
            return NUMBER;
        }
        if (List.class.isAssignableFrom(type)) {
            return LIST;
        }
        boolean isSealed = type.isInterface() && type.isSealed(); // ZoneId, written as text, is a sealed class.
        return type.isRecord() || isSealed || Map.class.isAssignableFrom(type) ? OBJECT : STRING;
    }

    /** Gson alone takes "5" for 5, and 5 for "5". */
    boolean accepts(JsonElement value) {
        return test.test(value);
    }

    String words() {
        return words;
    }

    private static boolean isNumber(JsonElement value) {
        return value.isJsonPrimitive() && value.getAsJsonPrimitive().isNumber();
    }
}
