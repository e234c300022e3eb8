package org.jupyterrestart.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jupyterrestart.lifecycle.Schedule.Quiet;
import org.jupyterrestart.lifecycle.StopSequence;
import org.jupyterrestart.lifecycle.StopSequence.Stage;

/** The small languages inside the values of a config file. */
final class Texts {
    private static final Pattern QUIET = Pattern.compile("([01]\\d|2[0-3]):([0-5]\\d)-([01]\\d|2[0-3]):([0-5]\\d)");
    private static final Pattern STAGE = Pattern.compile("(?:SIG)?([A-Z0-9]+)(?: +(\\S+))?");
    private static final Pattern ADDRESS = Pattern.compile("(.+):(\\d{1,5})");
    private static final int LAST_PORT = 65_535;

    /** Those that programs take as a wish to end, with their numbers on x86_64 and aarch64. */
    private Texts() {}

    static Parsed<ZoneId> zone(String text) {
        try {
            return new Parsed.Good<>(ZoneId.of(text));
        } catch (DateTimeException _) {
            return new Parsed.Bad<>("\"%s\" is no time zone: write one like Europe/Paris or UTC".formatted(text));
        }
    }

    static Parsed<Quiet> quiet(String text) {
        Matcher form = QUIET.matcher(text);
        if (!form.matches()) {
            return new Parsed.Bad<>("\"%s\" is no time of the day: write it like 22:00-07:00".formatted(text));
        }
        Quiet quiet = new Quiet(time(form.group(1), form.group(2)), time(form.group(3), form.group(4)));
        return quiet.from().equals(quiet.to())
                ? new Parsed.Bad<>("\"%s\" is the whole day: use every = \"never\" for no restarts".formatted(text))
                : new Parsed.Good<>(quiet);
    }

    /** {@code TERM 10s}; KILL needs no time. */
    static Parsed<Stage> stage(String text) {
        Matcher form = STAGE.matcher(text);
        if (!form.matches()) {
            return new Parsed.Bad<>("\"%s\" is no step: write a signal and its time, like TERM 10s".formatted(text));
        }
        String signal = form.group(1);
        Optional<String> grace = Optional.ofNullable(form.group(2));
        if (!StopSequence.SIGNALS.containsKey(signal)) {
            String hint = Nearest.to(signal, StopSequence.SIGNALS.keySet())
                    .map("did you mean %s?"::formatted)
                    .orElse("there are HUP, INT, QUIT, TERM, USR1, USR2 and KILL");
            return new Parsed.Bad<>("there is no signal %s to stop an app: %s".formatted(signal, hint));
        }
        int number = StopSequence.SIGNALS.get(signal);
        if (grace.isEmpty() && number != StopSequence.KILL) {
            return new Parsed.Bad<>("%s needs the time it has to work: write it like %s 10s".formatted(signal, signal));
        }
        return grace.map(time -> Durations.parse(time, Duration.ofMillis(100)))
                .orElse(new Parsed.Good<>(StopSequence.KILL_GRACE))
                .then(time -> new Parsed.Good<>(new Stage(number, time)));
    }

    /** As {@link #stage} reads it. */
    static String format(Stage stage) {
        return stage.signalName() + " " + Durations.format(stage.grace());
    }

    static Parsed<String> url(String text) {
        try {
            URI uri = new URI(text);
            boolean isWeb = uri.getScheme() != null
                    && List.of("http", "https").contains(uri.getScheme().toLowerCase(Locale.ROOT));
            if (isWeb && uri.getHost() != null) {
                return new Parsed.Good<>(text);
            }
        } catch (URISyntaxException _) {
            // told below
        }
        return new Parsed.Bad<>("\"%s\" is no web address: write it like http://127.0.0.1:8188/".formatted(text));
    }

    static Parsed<ProbeSpec.Check.Tcp> address(String text) {
        Matcher form = ADDRESS.matcher(text);
        if (form.matches()) {
            int port = Integer.parseInt(form.group(2));
            if (port >= 1 && port <= LAST_PORT) {
                return new Parsed.Good<>(new ProbeSpec.Check.Tcp(form.group(1), port));
            }
        }
        return new Parsed.Bad<>("\"%s\" is no address: write it like 127.0.0.1:8188".formatted(text));
    }

    /** Relative to {@code folder}; {@code ~/} is the user's home. */
    static Parsed<Path> path(String text, Path folder) {
        try {
            return new Parsed.Good<>(
                    text.startsWith("~/")
                            ? Path.of(System.getProperty("user.home"), text.substring(2))
                            : folder.resolve(text).normalize());
        } catch (InvalidPathException e) {
            return new Parsed.Bad<>("\"%s\" is no path: %s".formatted(text, e.getReason()));
        }
    }

    private static LocalTime time(String hour, String minute) {
        return LocalTime.of(Integer.parseInt(hour), Integer.parseInt(minute));
    }
}
