package org.jupyterrestart.api;

import com.google.gson.JsonParseException;
import java.util.Map;
import org.jupyterrestart.json.Json;

/**
 * What a handler is given.
 *
 * @param path the named parts of the path, decoded
 * @param body as text; empty for none
 */
record Request(Map<String, String> path, Query query, String body) {
    String path(String name) {
        return path.get(name);
    }

    /** The body as a record of the contract; none is an empty object. */
    <T extends Record> T body(Class<T> type) throws ApiProblem {
        try {
            return Json.read(Json.readObject(body.isBlank() ? "{}" : body), type);
        } catch (JsonParseException e) {
            throw ApiProblem.badRequest("The body can't be read as %s: %s. See /v1/openapi.json."
                    .formatted(type.getSimpleName(), e.getMessage()));
        }
    }
}
