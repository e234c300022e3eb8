package org.jupyterrestart.web;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;

/**
 * A file as the form of a page sends it ({@code multipart/form-data}); it passes by as it is read.
 *
 * @param fields of the form, before it
 * @param field its own
 * @param name that its receiver is told
 */
public record FormFile(Map<String, String> fields, String field, String name, Path file) {
    RequestBody body() throws IOException {
        String boundary = UUID.randomUUID().toString();
        StringBuilder head = new StringBuilder();
        fields.forEach((key, value) -> head.append("--%s\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n"
                .formatted(boundary, quoted(key), value)));
        head.append(
                "--%s\r\nContent-Disposition: form-data; name=\"%s\"; filename=\"%s\"\r\nContent-Type: application/octet-stream\r\n\r\n"
                        .formatted(boundary, quoted(field), quoted(name)));
        byte[] before = head.toString().getBytes(UTF_8);
        byte[] after = "\r\n--%s--\r\n".formatted(boundary).getBytes(UTF_8);
        long length = before.length + Files.size(file) + after.length;
        return new RequestBody("multipart/form-data; boundary=" + boundary, length, out -> {
            out.write(before);
            Files.copy(file, out);
            out.write(after);
        });
    }

    private static String quoted(String text) {
        return text.replace("\\", "\\\\").replace("\"", "\\\"");
    }
}
