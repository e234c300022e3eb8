package org.jupyterrestart.api;

import static java.util.stream.Collectors.toCollection;
import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.jupyterrestart.api.wire.App;
import org.jupyterrestart.event.Event;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.json.Json;
import org.jupyterrestart.json.JsonKind;
import org.jupyterrestart.json.RecordField;
import org.jupyterrestart.lifecycle.Note;
import org.jupyterrestart.lifecycle.Reason;
import org.jupyterrestart.queue.HandledPrompts;
import org.jupyterrestart.queue.KeptPrompt;
import org.jupyterrestart.resource.Resources;
import org.jupyterrestart.supervisor.Accepted;
import org.jupyterrestart.supervisor.AcceptedGroup;
import org.jupyterrestart.supervisor.Control;

/** Holds the Java records, enums and routes to openapi.json. */
class ContractTest {
    /** Records of the contract that are also of use further in; the others are in the package of {@link App}. */
    private static final Map<String, Class<?>> ELSEWHERE = Map.ofEntries(
            Map.entry("Event", Event.class),
            Map.entry("EventType", EventType.class),
            Map.entry("Reason", Reason.class),
            Map.entry("Resources", Resources.class),
            Map.entry("Gpu", Resources.Gpu.class),
            Map.entry("Accepted", Accepted.class),
            Map.entry("AcceptedGroup", AcceptedGroup.class),
            Map.entry("Begun", AcceptedGroup.Begun.class),
            Map.entry("Unsaved", Control.UnsavedDocument.class),
            Map.entry("KeptPrompt", KeptPrompt.class),
            Map.entry("HandledPrompts", HandledPrompts.class),
            Map.entry("Note", Note.class));

    private static JsonObject contract() throws IOException {
        try (var in = ContractTest.class.getResourceAsStream("/openapi.json")) {
            return Json.readObject(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    private static JsonObject schemas() throws IOException {
        return contract().getAsJsonObject("components").getAsJsonObject("schemas");
    }

    static Set<String> names() throws IOException {
        return schemas().keySet();
    }

    private static Class<?> javaType(String schema) throws ClassNotFoundException {
        Class<?> elsewhere = ELSEWHERE.get(schema);
        return elsewhere != null ? elsewhere : Class.forName(App.class.getPackageName() + "." + schema);
    }

    @ParameterizedTest
    @MethodSource("names")
    void schemaIsTheJavaType(String name) throws Exception {
        JsonObject schema = schemas().getAsJsonObject(name);
        Class<?> type = javaType(name);
        if (type.isEnum()) {
            List<String> constants = Arrays.stream(type.getEnumConstants())
                    .map(constant -> Json.write(constant).replace("\"", ""))
                    .toList();
            assertEquals(strings(schema, "enum"), constants);
        } else {
            assertEquals(fields(schema), RecordField.of(type.asSubclass(Record.class)));
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void exampleIsReadAndWrittenBackTheSame(String name) throws Exception {
        JsonElement example = schemas().getAsJsonObject(name).get("example");
        JsonElement back = Json.read(Json.write(Json.read(example, javaType(name))), JsonElement.class);
        assertEquals(normal(example), normal(back));
    }

    @Test
    void routesAreThePathsOfTheContract() throws IOException {
        Set<String> expected = new TreeSet<>();
        for (Map.Entry<String, JsonElement> path :
                contract().getAsJsonObject("paths").entrySet()) {
            for (Map.Entry<String, JsonElement> method :
                    path.getValue().getAsJsonObject().entrySet()) {
                JsonObject responses = method.getValue().getAsJsonObject().getAsJsonObject("responses");
                String statuses = responses.keySet().stream()
                        .filter(key -> !key.equals("default"))
                        .collect(toSet())
                        .toString();
                expected.add(method.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey() + " " + statuses);
            }
        }
        TestService service = TestService.unstarted();
        Set<String> actual = new Routes(service.api())
                .table().stream()
                        .map(route -> route.method() + " " + route.template() + " [" + route.status() + "]")
                        .collect(toCollection(TreeSet::new));
        assertEquals(expected, actual);
    }

    private static List<RecordField> fields(JsonObject schema) throws Exception {
        List<String> required = strings(schema, "required");
        List<RecordField> fields = new ArrayList<>();
        for (Map.Entry<String, JsonElement> property :
                schema.getAsJsonObject("properties").entrySet()) {
            JsonObject of = property.getValue().getAsJsonObject();
            boolean isRequired =
                    required.contains(property.getKey()) && !types(of).contains("null");
            fields.add(new RecordField(property.getKey(), kind(of), isRequired));
        }
        return fields;
    }

    private static JsonKind kind(JsonObject property) throws Exception {
        String type = types(property).stream()
                .filter(name -> !name.equals("null"))
                .findFirst()
                .orElseThrow();
        return switch (type) {
            case "boolean" -> JsonKind.BOOLEAN;
            case "integer" -> JsonKind.INTEGER;
            case "number" -> JsonKind.NUMBER;
            case "string" -> JsonKind.STRING;
            case "array" -> JsonKind.LIST;
            default -> JsonKind.OBJECT;
        };
    }

    /** All types that a property may have, references followed. */
    private static List<String> types(JsonObject property) throws IOException {
        if (property.has("anyOf")) {
            List<String> all = new ArrayList<>();
            for (JsonElement one : property.getAsJsonArray("anyOf")) {
                all.addAll(types(one.getAsJsonObject()));
            }
            return all;
        }
        if (property.has("$ref")) {
            String name = property.get("$ref").getAsString().replaceFirst(".*/", "");
            return types(schemas().getAsJsonObject(name));
        }
        return strings(property, "type");
    }

    private static List<String> strings(JsonObject of, String name) {
        JsonElement value = Optional.ofNullable(of.get(name)).orElse(JsonNull.INSTANCE);
        return value.isJsonPrimitive()
                ? List.of(value.getAsString())
                : value.getAsJsonArray().asList().stream()
                        .map(JsonElement::getAsString)
                        .toList();
    }

    /** Without nulls, numbers by value, times as moments: what two ways to write the same have in common. */
    private static Object normal(JsonElement element) {
        return switch (element) {
            case JsonObject object ->
                object.entrySet().stream()
                        .filter(entry -> !entry.getValue().isJsonNull())
                        .collect(toMap(Map.Entry::getKey, entry -> normal(entry.getValue())));
            case JsonPrimitive primitive
            when primitive.isNumber() -> new BigDecimal(primitive.getAsString()).stripTrailingZeros();
            case JsonPrimitive primitive when primitive.isString() -> moment(primitive.getAsString());
            case JsonElement other
            when other.isJsonArray() ->
                other.getAsJsonArray().asList().stream()
                        .map(ContractTest::normal)
                        .toList();
            case JsonElement other -> other;
        };
    }

    private static Object moment(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeException _) {
            return text;
        }
    }
}
