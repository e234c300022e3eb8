package org.jupyterrestart.notify;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URI;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import org.jupyterrestart.config.Config.Webhook;
import org.jupyterrestart.event.Event;
import org.jupyterrestart.event.EventDraft;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.lifecycle.Now;
import org.jupyterrestart.web.WebCall.Answer;

/** A webhook under a name that may be shown: its address may hold a secret. */
record Subscriber(Webhook webhook, String id) {
    private static final int ID_BYTES = 8;

    static Subscriber of(Webhook webhook) {
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256").digest(webhook.url().getBytes(UTF_8));
            return new Subscriber(webhook, HexFormat.of().formatHex(hash, 0, ID_BYTES));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    Cursor cursor(Path folder) {
        return new Cursor(folder.resolve(id + ".seq"));
    }

    /** Never of its own failures: what can't be told it can't be told that. */
    boolean wants(Event event) {
        boolean isItsFailure = event.type() == EventType.NOTIFY_FAILED
                && id.equals(event.data().get("webhook"));
        return !isItsFailure && webhook.wants(event.type());
    }

    /** It did not take {@code event}, which is given up now, or goes on to be tried. */
    EventDraft failure(Event event, int tries, Answer last, boolean isGivenUp, Now now) {
        String what = switch (last) {
            case Answer.Status(int code) -> "it answered %d".formatted(code);
            case Answer.None(String why) -> why;
        };
        return new EventDraft(
                now.wall(),
                Optional.empty(),
                EventType.NOTIFY_FAILED,
                Optional.empty(),
                Optional.empty(),
                "The webhook at %s was not told of %s (event %d), tried %d times: %s. Look whether it runs, and at its url in [[notify]]; %s"
                        .formatted(
                                site(),
                                event.type().wireName(),
                                event.seq(),
                                tries,
                                what,
                                isGivenUp
                                        ? "what happens next is still sent to it"
                                        : "it is tried again until the event is an hour old"),
                Map.of(
                        "webhook", id,
                        "site", site(),
                        "event", event.type().wireName(),
                        "seq", event.seq(),
                        "given_up", isGivenUp));
    }

    /** Without the path, where services such as chats have their secret. */
    private String site() {
        URI address = URI.create(webhook.url());
        return address.getPort() < 0 ? address.getHost() : address.getHost() + ":" + address.getPort();
    }
}
