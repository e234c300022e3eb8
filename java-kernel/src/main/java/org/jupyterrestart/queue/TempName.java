package org.jupyterrestart.queue;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.MalformedJsonException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/**
 * A file of ComfyUI's temp folder, as the inputs of a prompt name it.
 *
 * @param subfolder empty for the folder itself
 */
record TempName(String subfolder, String name) {
    private static final String MARK = " [temp]";

    /** A name that leads out of the folder is none. */
    static Optional<TempName> of(String input) {
        String path = input.endsWith(MARK) ? input.substring(0, input.length() - MARK.length()) : "";
        int end = path.lastIndexOf('/');
        TempName name = new TempName(path.substring(0, Math.max(end, 0)), path.substring(end + 1));
        boolean isInside = !path.startsWith("/")
                && !name.name().isEmpty()
                && Arrays.stream(path.split("/")).noneMatch(part -> part.equals(".."));
        return isInside ? Optional.of(name) : Optional.empty();
    }

    /** Those that the prompt in a file of a request loads. */
    static Set<TempName> in(Path request) throws IOException {
        Set<TempName> names = new LinkedHashSet<>();
        try (JsonReader in = JsonStream.reader(Files.newBufferedReader(request))) {
            in.beginObject();
            while (in.hasNext()) {
                if (in.nextName().equals("prompt")) {
                    JsonStream.texts(in, text -> of(text).ifPresent(names::add));
                } else {
                    in.skipValue();
                }
            }
        } catch (IllegalStateException | MalformedJsonException | EOFException | CharacterCodingException _) {
            return names; // kept ones are their user's to edit
        }
        return names;
    }

    @Override
    public String toString() {
        return subfolder.isEmpty() ? name : subfolder + "/" + name;
    }
}
