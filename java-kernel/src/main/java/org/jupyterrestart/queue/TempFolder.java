package org.jupyterrestart.queue;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jupyterrestart.config.Sizes;
import org.jupyterrestart.web.FormFile;
import org.jupyterrestart.web.WebCall;
import org.jupyterrestart.web.WebCall.Answer;
import org.jupyterrestart.web.WebCall.Reply;

/**
 * The temp folder of a ComfyUI, over its own interface.
 *
 * @param url without a path
 */
record TempFolder(String url) {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    /** A hundred megabytes are on a slow disk only then. */
    private static final Duration COPYING = Duration.ofMinutes(1);

    private static final int PIECE = 1 << 16;

    /** What came of it. */
    sealed interface Fetched {
        record New() implements Fetched {}

        /** It has not changed, or is not there. */
        record Nothing() implements Fetched {}

        /** @param isForGood another try would end as this one */
        record Left(String why, boolean isForGood) implements Fetched {}
    }

    boolean has(TempName name) throws IOException {
        return switch (new WebCall("HEAD", view(name), Map.of(), Optional.empty(), TIMEOUT)
                .toOwnApp()
                .send()) {
            case Answer.Status it -> it.isGood();
            case Answer.None it -> throw new IOException(it.why());
        };
    }

    /**
     * Writes a file to {@code to}.
     *
     * @param since what has not changed since then is left
     * @param most bytes
     * @throws IOException where ComfyUI does not answer
     */
    Fetched fetch(TempName name, Optional<Instant> since, FileChannel to, long most) throws IOException {
        Map<String, String> headers =
                since.map(it -> Map.of("If-Modified-Since", inHeader(it))).orElseGet(Map::of);
        return new WebCall("GET", view(name), headers, Optional.empty(), COPYING)
                .toOwnApp()
                .read((status, content) -> switch (status) {
                    case HttpURLConnection.HTTP_OK -> write(content, to, most);
                    case HttpURLConnection.HTTP_NOT_MODIFIED, HttpURLConnection.HTTP_NOT_FOUND -> new Fetched.Nothing();
                    default -> new Fetched.Left("/view answers %d".formatted(status), false);
                });
    }

    private static Fetched write(InputStream content, FileChannel to, long most) throws IOException {
        byte[] piece = new byte[PIECE];
        long read = 0;
        for (int next = content.read(piece); next >= 0; next = content.read(piece)) {
            read += next;
            if (read > most) {
                return new Fetched.Left("it is larger than %s".formatted(Sizes.words(most)), true);
            }
            try {
                write(piece, next, to);
            } catch (IOException e) {
                return new Fetched.Left(e.getMessage(), false);
            }
        }
        return new Fetched.New();
    }

    private static void write(byte[] piece, int length, FileChannel to) throws IOException {
        ByteBuffer left = ByteBuffer.wrap(piece, 0, length);
        while (left.hasRemaining()) {
            to.write(left);
        }
    }

    /** Returns why it was refused; empty where it is there now. */
    Optional<String> put(TempName name, Path file) throws IOException {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("type", "temp");
        fields.put("subfolder", name.subfolder());
        fields.put("overwrite", "true");
        WebCall call = new WebCall("POST", url + "/upload/image", Map.of(), Optional.empty(), COPYING).toOwnApp();
        return switch (call.upload(new FormFile(fields, "image", name.name(), file))) {
            case Reply.Content it when it.status() == HttpURLConnection.HTTP_OK -> Optional.empty();
            case Reply.Content it -> Optional.of("/upload/image answers %d".formatted(it.status()));
            case Reply.None it -> throw new IOException(it.why());
        };
    }

    private String view(TempName name) {
        return "%s/view?type=temp&subfolder=%s&filename=%s"
                .formatted(url, URLEncoder.encode(name.subfolder(), UTF_8), URLEncoder.encode(name.name(), UTF_8));
    }

    private static String inHeader(Instant time) {
        return DateTimeFormatter.RFC_1123_DATE_TIME.format(time.atOffset(ZoneOffset.UTC));
    }
}
