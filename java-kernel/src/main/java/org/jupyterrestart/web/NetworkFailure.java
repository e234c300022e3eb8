package org.jupyterrestart.web;

import java.io.IOException;
import java.net.UnknownHostException;

/** The network's own words are not all sentences. */
final class NetworkFailure {
    private NetworkFailure() {}

    /** Half a sentence. */
    static String inWords(Throwable failure) {
        return switch (failure) {
            case UnknownHostException unknown -> "the host %s is not known".formatted(unknown.getMessage());
            case IOException e when e.getMessage() != null -> e.getMessage();
            default -> failure.toString();
        };
    }
}
