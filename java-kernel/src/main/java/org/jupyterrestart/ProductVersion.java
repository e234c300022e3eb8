package org.jupyterrestart;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The version of this jar, as the build wrote it. */
final class ProductVersion {
    private ProductVersion() {}

    static String read() {
        try (InputStream in = ProductVersion.class.getResourceAsStream("/version.properties")) {
            Properties properties = new Properties();
            properties.load(in);
            return properties.getProperty("version");
        } catch (IOException e) {
            throw new UncheckedIOException("Could not read version.properties from the jar", e);
        }
    }
}
