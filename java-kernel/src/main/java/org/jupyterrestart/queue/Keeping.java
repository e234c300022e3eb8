package org.jupyterrestart.queue;

import java.time.Duration;
import java.util.List;
import org.jupyterrestart.lifecycle.Note;

/**
 * What came of a look after an app's work.
 *
 * @param news what has happened since the last
 * @param notes what people should know of the app now
 * @param next when to look again
 */
public record Keeping(List<News> news, List<Note> notes, Duration next) {
    public Keeping {
        news = List.copyOf(news);
        notes = List.copyOf(notes);
    }

    /** Nothing to look after. */
    public static Keeping idle(Duration next) {
        return new Keeping(List.of(), List.of(), next);
    }
}
