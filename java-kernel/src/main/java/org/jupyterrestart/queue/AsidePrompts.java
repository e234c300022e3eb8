package org.jupyterrestart.queue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.queue.Prompt.Place;
import org.jupyterrestart.queue.QueueFiles.KeptFile;

/**
 * The prompts that are kept outside of a queue until their user says what becomes of them; as {@link NodePrompts} are
 * for our node. Not thread-safe.
 */
final class AsidePrompts {
    private final SavedLedger saved;
    private final QueueFiles files;
    private final TempFiles temp;
    private final List<Map<String, String>> refused = new ArrayList<>();

    AsidePrompts(SavedLedger saved, QueueFiles files, TempFiles temp) {
        this.saved = saved;
        this.files = files;
        this.temp = temp;
    }

    List<KeptPrompt> kept() throws IOException {
        return files.kept().stream().map(KeptFile::prompt).toList();
    }

    /** Those that came since {@link #beginRun}, and why. */
    List<Map<String, String>> refused() {
        return List.copyOf(refused);
    }

    void beginRun() {
        refused.clear();
    }

    /** Takes them from the ledger. Returns what there is to tell. */
    Optional<News> take() throws IOException {
        List<Prompt> aside = saved.get().in(Place.ASIDE);
        if (aside.isEmpty()) {
            return Optional.empty();
        }
        Ledger left = saved.get();
        for (Prompt prompt : aside) {
            files.setAside(prompt.file(), prompt.why());
            refused.add(told(prompt));
            left = left.without(prompt);
        }
        saved.save(left);
        String why = aside.stream().map(Prompt::why).distinct().collect(Collectors.joining("; "));
        return Optional.of(new News(
                EventType.APP_PROMPTS_KEPT,
                "%s kept outside of its queue: %s".formatted(QueueNotes.counted(aside.size()), why),
                Map.of("prompts", aside.stream().map(this::toldWithFile).toList())));
    }

    private static Map<String, String> told(Prompt prompt) {
        return Map.of("prompt_id", prompt.id(), "why", prompt.why());
    }

    private Map<String, String> toldWithFile(Prompt prompt) {
        Path file = files.kept(prompt.file());
        return Map.of("prompt_id", prompt.id(), "why", prompt.why(), "file", file.toString());
    }

    /** Those with these ids are owed to the queue. Returns them. */
    List<KeptFile> bringBack(Set<String> ids) throws IOException {
        List<KeptFile> chosen = chosen(ids);
        for (KeptFile kept : chosen) {
            files.bringBack(kept.file());
        }
        saved.save(saved.get()
                .owing(chosen.stream()
                        .map(kept -> Prompt.again(kept.prompt().promptId(), kept.file()))
                        .toList()));
        drop(chosen);
        return chosen;
    }

    HandledPrompts discard(Set<String> ids) throws IOException {
        List<KeptFile> chosen = chosen(ids);
        drop(chosen);
        temp.drop();
        return new HandledPrompts(
                chosen.stream().map(kept -> kept.prompt().promptId()).toList(), List.of(), List.of());
    }

    private List<KeptFile> chosen(Set<String> ids) throws IOException {
        return files.kept().stream()
                .filter(kept -> ids.contains(kept.prompt().promptId()))
                .toList();
    }

    private void drop(List<KeptFile> chosen) throws IOException {
        for (KeptFile kept : chosen) {
            files.dropKept(kept.file());
        }
    }

    /** @param obstacle why those of {@code chosen} that are still owed are */
    HandledPrompts handled(List<KeptFile> chosen, String obstacle) throws IOException {
        List<KeptFile> aside = files.kept();
        List<String> done = new ArrayList<>();
        List<KeptPrompt> due = new ArrayList<>();
        List<KeptPrompt> left = new ArrayList<>();
        for (KeptFile kept : chosen) {
            Optional<KeptPrompt> again = aside.stream()
                    .filter(it -> it.file() == kept.file())
                    .map(KeptFile::prompt)
                    .findFirst();
            boolean isOwed = Stream.of(Place.OWED, Place.SENT)
                    .flatMap(place -> saved.get().in(place).stream())
                    .anyMatch(it -> it.file() == kept.file());
            if (again.isPresent()) {
                left.add(again.get());
            } else if (isOwed) {
                due.add(new KeptPrompt(kept.prompt().promptId(), obstacle));
            } else {
                done.add(kept.prompt().promptId());
            }
        }
        return new HandledPrompts(done, due, left);
    }
}
