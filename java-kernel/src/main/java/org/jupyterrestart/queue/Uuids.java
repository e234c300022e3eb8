package org.jupyterrestart.queue;

import com.google.gson.JsonObject;
import java.util.regex.Pattern;
import org.jupyterrestart.json.Json;

/** Ids of prompts, as newer versions of ComfyUI want them. */
final class Uuids {
    private static final Pattern FORM = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

    private Uuids() {}

    static boolean isOne(String id) {
        return FORM.matcher(id).matches();
    }

    /** The same request, for an id of ComfyUI's own. */
    static String withoutId(String request) {
        JsonObject body = Json.readObject(request);
        body.remove("prompt_id");
        return body.toString();
    }
}
