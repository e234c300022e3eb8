package org.jupyterrestart.config;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.tomlj.TomlPosition;

/** The text of a config file, which is UTF-8. */
final class ConfigText {
    /** What is larger was named by mistake, or its reading would take the memory that the service has. */
    private static final long MOST = 1 << 20;

    private ConfigText() {}

    /** Some byte of a file is no UTF-8. */
    static final class NotUtf8Exception extends IOException {
        private static final long serialVersionUID = 1L;
        private final int line;
        private final int column;

        private NotUtf8Exception(String before, byte bad) {
            super("the byte 0x%02x is no UTF-8: save the file as UTF-8".formatted(bad));
            line = 1 + (int) before.chars().filter(c -> c == '\n').count();
            column = before.length() - before.lastIndexOf('\n');
        }

        TomlPosition position() {
            return TomlPosition.positionAt(line, column);
        }
    }

    static String read(Path file) throws IOException {
        if (Files.size(file) > MOST) {
            throw new IOException("it is larger than 1 MB");
        }
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
        CharBuffer text = CharBuffer.allocate(bytes.remaining());
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        CoderResult result = decoder.decode(bytes, text, true);
        text.flip();
        if (result.isError()) {
            throw new NotUtf8Exception(text.toString(), bytes.get());
        }
        // Some editors begin a file with it, and it means nothing.
        return text.toString().replaceFirst("^\\ufeff", "");
    }
}
