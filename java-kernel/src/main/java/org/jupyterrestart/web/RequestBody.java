package org.jupyterrestart.web;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;

/** What follows the headers of a request; its length is known before it is written. */
record RequestBody(String type, long length, Writing writing) {
    static RequestBody json(String text) {
        byte[] bytes = text.getBytes(UTF_8);
        return new RequestBody("application/json", bytes.length, out -> out.write(bytes));
    }

    /** Writes the whole. */
    @FunctionalInterface
    interface Writing {
        void to(OutputStream out) throws IOException;
    }
}
