package org.jupyterrestart.process;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/** The keeper's binary: one per kind of processor in the jar, taken out into a folder to be executed. */
final class KeeperProgram {
    private static final String PREFIX = "keeper-";
    private static final int HASH_CHARACTERS = 12;

    private KeeperProgram() {}

    /** Where it is now. */
    sealed interface Installed {
        record At(Path program) implements Installed {}

        record Nowhere(String why) implements Installed {}
    }

    /** A keeper carries the environment of its app. */
    static boolean isKeeper(ProcStat process) {
        return process.name().startsWith(PREFIX);
    }

    static Installed install(Path folder) {
        String processor = System.getProperty("os.arch");
        try (InputStream resource = KeeperProgram.class.getResourceAsStream("/keeper/" + processor + "/keeper")) {
            if (resource == null) {
                return new Installed.Nowhere("this build has no keeper for " + processor);
            }
            return new Installed.At(takeOut(resource.readAllBytes(), folder));
        } catch (IOException e) {
            return new Installed.Nowhere("the keeper can't be written to %s (%s)".formatted(folder, e.getMessage()));
        }
    }

    /** The name carries a hash: a newer version never overwrites a program that is being executed. */
    private static Path takeOut(byte[] content, Path folder) throws IOException {
        Path program = folder.resolve(PREFIX + hash(content));
        if (Files.isExecutable(program) && Arrays.equals(Files.readAllBytes(program), content)) {
            return program;
        }
        Files.createDirectories(folder);
        Path written = Files.createTempFile(folder, PREFIX, ".part");
        Files.write(written, content);
        Files.setPosixFilePermissions(written, PosixFilePermissions.fromString("rwx------"));
        return Files.move(written, program, StandardCopyOption.ATOMIC_MOVE);
    }

    private static String hash(byte[] content) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
            return HexFormat.of().formatHex(digest).substring(0, HASH_CHARACTERS);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
