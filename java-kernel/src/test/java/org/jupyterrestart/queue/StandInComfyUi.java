package org.jupyterrestart.queue;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A ComfyUI without our node, as far as its queue goes, over real HTTP. It works on nothing by itself: a test says when
 * a prompt begins and ends. What a prompt is called is in the text of its only node.
 */
final class StandInComfyUi implements AutoCloseable {
    /** How it treats ids that it is sent. */
    enum Ids {
        KEPT,
        ITS_OWN,
        UUIDS_ONLY
    }

    private static final String TEMP = " [temp]";
    private static final Pattern QUERY = Pattern.compile("type=temp&subfolder=(.*)&filename=(.*)");

    /** Of a form with a file for the temp folder. */
    private static final Pattern FORM = Pattern.compile("""
            --(\\S+)\r
            Content-Disposition: form-data; name="type"\r
            \r
            temp\r
            --\\1\r
            Content-Disposition: form-data; name="subfolder"\r
            \r
            (.*)\r
            --\\1\r
            Content-Disposition: form-data; name="overwrite"\r
            \r
            true\r
            --\\1\r
            Content-Disposition: form-data; name="image"; filename="(.*)"\r
            Content-Type: application/octet-stream\r
            \r
            ((?s:.*))\r
            --\\1--\r
            """);

    private final HttpServer server;
    private final Ids ids;
    private final List<JsonArray> pending = new ArrayList<>();
    private final Map<String, JsonObject> history = new HashMap<>();
    private final List<String> ran = new ArrayList<>();
    private final List<JsonObject> requests = new ArrayList<>();
    private final Map<String, String> temp = new TreeMap<>();
    private Optional<JsonArray> running = Optional.empty();
    private String unknownNode = "";
    private List<String> nodes = List.of();
    private int run = 1;
    private int number;
    private int missing;
    private int untilCut = -1;
    private boolean isDoneBeforeCut;
    private boolean isViewBroken;

    StandInComfyUi(Ids ids) throws IOException {
        this.ids = ids;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::handle);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    synchronized String run() {
        return "run " + run;
    }

    /** Names of the prompts that came to their end, once for each time. */
    synchronized List<String> ran() {
        return List.copyOf(ran);
    }

    /** What was sent to it. */
    synchronized List<JsonObject> requests() {
        return List.copyOf(requests);
    }

    synchronized List<String> queued() {
        List<String> names = new ArrayList<>();
        running.ifPresent(item -> names.add(name(item)));
        sorted().forEach(item -> names.add(name(item)));
        return names;
    }

    /** It ends, with all that is in its memory, and is started anew. */
    synchronized void restart() {
        run++;
        pending.clear();
        history.clear();
        temp.clear();
        running = Optional.empty();
        number = 0;
    }

    /** With none it can't tell. */
    synchronized void has(String... kinds) {
        nodes = List.of(kinds);
    }

    synchronized void forgetNode(String name) {
        unknownNode = name;
    }

    /** From here on the n-th request, from 0, gets no answer, whether or not it is carried out. */
    synchronized void cut(int after, boolean isDone) {
        untilCut = after;
        isDoneBeforeCut = isDone;
    }

    /** So many characters are missing at the end of what it says of its queue. */
    synchronized void breakOff(int characters) {
        missing = characters;
    }

    synchronized void begin() {
        if (running.isEmpty() && !pending.isEmpty()) {
            JsonArray next = sorted().getFirst();
            pending.remove(next);
            running = Optional.of(next);
        }
    }

    synchronized void end() {
        end(true);
    }

    private void end(boolean isCompleted) {
        running.ifPresent(item -> {
            if (isCompleted) {
                ran.add(name(item));
            }
            JsonObject entry = new JsonObject();
            entry.add("prompt", item);
            entry.add("outputs", new JsonObject());
            JsonObject status = new JsonObject();
            status.addProperty("completed", isCompleted);
            entry.add("status", status);
            history.put(item.get(1).getAsString(), entry);
        });
        running = Optional.empty();
    }

    /** Puts a file, by its path, into its temp folder. */
    synchronized void putTemp(String path, String content) {
        temp.put(path, content);
    }

    /** It can't show files, as where a custom node's middleware fails. */
    synchronized void breakView(boolean isBroken) {
        isViewBroken = isBroken;
    }

    /** What its temp folder has, by path. */
    synchronized Map<String, String> temp() {
        return Map.copyOf(temp);
    }

    /** Its prompt loads a file of the temp folder. */
    synchronized String send(String name, String id, String tempPath) {
        JsonObject body = request(name, id);
        body.getAsJsonObject("prompt")
                .getAsJsonObject("1")
                .getAsJsonObject("inputs")
                .addProperty("image", tempPath + TEMP);
        return queue(body).get("prompt_id").getAsString();
    }

    synchronized String send(String name, String id) {
        return queue(request(name, id)).get("prompt_id").getAsString();
    }

    private static JsonObject request(String name, String id) {
        return JsonParser.parseString("""
                {"prompt_id": "%s", "prompt": {"1": {"class_type": "Text", "inputs": {"name": "%s", "seed": 18446744073709551615}}},
                 "client_id": "tab", "extra_data": {"extra_pnginfo": {"workflow": {"name": "ü"}}}}
                """.formatted(id, name)).getAsJsonObject();
    }

    private void handle(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
        boolean isCut;
        Optional<Answer> answer;
        synchronized (this) {
            isCut = untilCut == 0;
            untilCut--;
            answer = isCut && !isDoneBeforeCut
                    ? Optional.empty()
                    : Optional.of(answer(exchange.getRequestMethod(), exchange.getRequestURI(), body));
        }
        if (!isCut) {
            byte[] text = answer.orElseThrow().body().getBytes(UTF_8);
            exchange.sendResponseHeaders(answer.get().status(), text.length == 0 ? -1 : text.length);
            exchange.getResponseBody().write(text);
        }
        exchange.close();
    }

    private record Answer(int status, String body) {}

    private Answer answer(String method, URI uri, String body) {
        String path = uri.getPath();
        return switch (method + " " + path) {
            case "GET /view", "HEAD /view" -> {
                Optional<String> file =
                        Optional.ofNullable(temp.get(viewed(URLDecoder.decode(uri.getRawQuery(), UTF_8))));
                int status = isViewBroken ? 500 : file.isPresent() ? 200 : 404;
                yield new Answer(status, method.equals("HEAD") ? "" : file.orElse(""));
            }
            case "POST /upload/image" -> {
                Matcher form = FORM.matcher(body);
                boolean isUnderstood = form.matches();
                if (isUnderstood) {
                    temp.put(path(form.group(2), form.group(3).replace("\\\"", "\"")), form.group(4));
                }
                yield new Answer(isUnderstood ? 200 : 400, "");
            }
            case "GET /queue" -> {
                String queue = queue().toString();
                yield new Answer(200, queue.substring(0, queue.length() - missing));
            }
            case "POST /queue" -> {
                for (JsonElement id :
                        JsonParser.parseString(body).getAsJsonObject().getAsJsonArray("delete")) {
                    pending.removeIf(item -> item.get(1).equals(id));
                }
                yield new Answer(200, "");
            }
            case "POST /interrupt" -> {
                end(false);
                yield new Answer(200, "");
            }
            case "POST /prompt" -> {
                JsonObject request = JsonParser.parseString(body).getAsJsonObject();
                requests.add(request.deepCopy());
                JsonObject answer = queue(request);
                yield new Answer(answer.has("error") ? 400 : 200, answer.toString());
            }
            case "GET /object_info" -> {
                JsonObject all = new JsonObject();
                nodes.forEach(node -> all.add(node, new JsonObject()));
                yield new Answer(nodes.isEmpty() ? 500 : 200, all.toString());
            }
            case "GET /history" -> {
                JsonObject all = new JsonObject();
                history.forEach(all::add);
                yield new Answer(200, all.toString());
            }
            default -> {
                String id = path.startsWith("/history/") ? path.substring("/history/".length()) : "";
                JsonObject found = new JsonObject();
                if (history.containsKey(id)) {
                    found.add(id, history.get(id));
                }
                yield new Answer(id.isEmpty() ? 404 : 200, found.toString());
            }
        };
    }

    private static String viewed(String query) {
        Matcher names = QUERY.matcher(query);
        assertTrue(names.matches(), query);
        return path(names.group(1), names.group(2));
    }

    private static String path(String subfolder, String name) {
        return subfolder.isEmpty() ? name : subfolder + "/" + name;
    }

    private JsonObject queue() {
        JsonArray runs = new JsonArray();
        running.ifPresent(runs::add);
        JsonArray waits = new JsonArray();
        pending.forEach(waits::add);
        JsonObject queue = new JsonObject();
        queue.add("queue_running", runs);
        queue.add("queue_pending", waits);
        return queue;
    }

    private JsonObject queue(JsonObject request) {
        JsonObject answer = new JsonObject();
        String wanted = request.has("prompt_id") ? request.get("prompt_id").getAsString() : "";
        JsonObject prompt = request.getAsJsonObject("prompt");
        if (ids == Ids.UUIDS_ONLY && !wanted.isEmpty() && !Uuids.isOne(wanted)) {
            answer.add("error", JsonParser.parseString("{\"type\": \"invalid_prompt_id\", \"message\": \"no UUID\"}"));
            return answer;
        }
        if (name(prompt).equals(unknownNode)) {
            answer.add("error", JsonParser.parseString("{\"message\": \"Node is gone\", \"details\": \"#1\"}"));
            return answer;
        }
        if (prompt.getAsJsonObject("1").getAsJsonObject("inputs").get("image") instanceof JsonPrimitive image
                && !temp.containsKey(image.getAsString().replace(TEMP, ""))) {
            answer.add("error", JsonParser.parseString("{\"message\": \"No such image\", \"details\": \"image\"}"));
            return answer;
        }
        JsonObject extra = request.has("extra_data") ? request.getAsJsonObject("extra_data") : new JsonObject();
        extra.add("client_id", request.get("client_id"));
        String id = ids == Ids.ITS_OWN || wanted.isEmpty() ? UUID.randomUUID().toString() : wanted;
        JsonArray item = new JsonArray();
        item.add(number++);
        item.add(id);
        item.add(prompt);
        item.add(extra);
        item.add(JsonParser.parseString("[\"1\"]"));
        pending.add(item);
        answer.addProperty("prompt_id", id);
        return answer;
    }

    private List<JsonArray> sorted() {
        return pending.stream()
                .sorted(Comparator.comparingDouble(item -> item.get(0).getAsDouble()))
                .toList();
    }

    private static String name(JsonArray item) {
        return name(item.get(2).getAsJsonObject());
    }

    static String name(JsonObject prompt) {
        return prompt.getAsJsonObject("1").getAsJsonObject("inputs").get("name").getAsString();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
