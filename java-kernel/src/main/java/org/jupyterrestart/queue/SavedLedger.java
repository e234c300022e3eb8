package org.jupyterrestart.queue;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** A ledger as it is on the disk, with the content of its prompts. Not thread-safe. */
final class SavedLedger {
    private final QueueFiles files;
    private final TempFiles temp;
    private Ledger ledger;
    private boolean isAhead;

    SavedLedger(QueueFiles files, TempFiles temp) throws IOException {
        this.files = files;
        this.temp = temp;
        ledger = files.load();
        temp.drop();
    }

    Ledger get() {
        return ledger;
    }

    /** What is over is deleted after nobody knows of it any more. */
    void save(Ledger next) throws IOException {
        if (next.equals(ledger) && !isAhead) {
            return;
        }
        files.save(next);
        isAhead = false;
        Set<Long> alive = next.prompts().stream().map(Prompt::file).collect(Collectors.toSet());
        List<Prompt> over = ledger.prompts().stream()
                .filter(prompt -> !alive.contains(prompt.file()))
                .toList();
        ledger = next;
        for (Prompt prompt : over) {
            files.delete(prompt.file());
        }
        if (!over.isEmpty()) {
            temp.drop(over);
        }
    }

    /** Goes to the disk with the next {@link #save}: what is there until then is true enough. */
    void noteUnsaved(Ledger next) {
        ledger = next;
        isAhead = true;
    }
}
