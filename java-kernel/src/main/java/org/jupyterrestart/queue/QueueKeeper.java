package org.jupyterrestart.queue;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.lifecycle.Work;
import org.jupyterrestart.queue.ComfyUiServer.Sent;
import org.jupyterrestart.queue.Prompt.Place;

/**
 * Keeps one ComfyUI's queue: writes down what is in it, and puts back what an end of ComfyUI has left over. Each step is
 * on the disk before it is taken, so that a kill between any two loses and repeats nothing. Not thread-safe.
 */
final class QueueKeeper {
    /** Tabs need about 0.6 s to connect again, and would miss the start of what they sent. */
    private static final Duration TABS = Duration.ofMillis(1500);

    /** What is held for longer was forgotten: the restart is called off. */
    private static final Duration LEASE = Duration.ofMinutes(2);

    /** Others want to ask between them. */
    private static final int SENT_AT_ONCE = 20;

    private final ComfyUiServer server;
    private final KeptQueues.Runs runs;
    private final QueueFiles files;
    private final TempFiles temp;
    private final LongSupplier nanos;
    private final List<News> news = new ArrayList<>();
    private final SavedLedger saved;
    private final AsidePrompts aside;
    private String upRun;
    private long upSince;
    private Optional<Hold> hold = Optional.empty();
    private Duration cost = Duration.ZERO;

    QueueKeeper(ComfyUiServer server, KeptQueues.Runs runs, QueueFiles files, TempFiles temp, LongSupplier nanos)
            throws IOException {
        this.server = server;
        this.runs = runs;
        this.nanos = nanos;
        this.files = files;
        this.temp = temp;
        saved = new SavedLedger(files, temp);
        aside = new AsidePrompts(saved, files, temp);
        upRun = ledger().run();
        upSince = nanos.getAsLong() - TABS.toNanos();
    }

    /** Writes down what is new, and takes what waits out of the queue; idle when nothing runs any more. */
    Work hold(boolean isInterrupting, boolean isUsersStop) throws IOException {
        look();
        hold = Optional.of(new Hold(ledger().run(), nanos.getAsLong() + LEASE.toNanos()));
        Ledger held = ledger().taking().parked(isUsersStop);
        saved.save(isInterrupting ? held.interrupting() : held);
        List<Prompt> taken = ledger().in(Place.TAKEN);
        if (!taken.isEmpty()) {
            server.takeOut(taken.stream().map(Prompt::currentId).toList());
            look(); // one that had begun by then runs
        }
        for (Prompt running : ledger().in(Place.INTERRUPTED)) {
            server.interrupt(running.currentId());
        }
        boolean isRunning = ledger().prompts().stream().anyMatch(Prompt::isQueued);
        return isRunning
                ? Work.busy("its running prompt")
                : new Work(
                        Optional.empty(),
                        Map.of("prompts", ledger().in(Place.OWED).size()));
    }

    /** Looks, and puts back what is owed; idle when that is done. */
    Work restore() throws IOException {
        if (!runs.current().equals(ledger().run())) {
            look(); // an empty queue looks the same in each run, and what was put back in the last one counts no more
        }
        keep();
        news.removeIf(it -> it.type() == EventType.APP_QUEUE_RESTORED); // the restart tells it
        if (isOwing()) {
            return Work.busy("its queue is being put back");
        }
        Map<String, Object> kept = new LinkedHashMap<>();
        kept.put("prompts", ledger().restored());
        kept.put("refused_prompts", aside.refused());
        kept.put("parked_prompts", 0);
        return new Work(Optional.empty(), kept);
    }

    /** Likewise, while it runs. */
    void keep() throws IOException {
        if (isHeld()) {
            return;
        }
        boolean isKnown = ledger().isKnownIn(queue());
        if (isKnown && !isOwing() && !ledger().isParked()) {
            keepTemp();
            return;
        }
        if (!isKnown || !runs.current().equals(upRun)) {
            look();
        }
        saved.save(ledger().parked(false)); // its user's stop did not end it
        if (nanos.getAsLong() - upSince >= TABS.toNanos()) {
            putBack();
        }
    }

    /** Writes down what waits, and leaves it in the queue, where somebody else holds it. */
    Work writeDown(boolean isUsersStop) throws IOException {
        look();
        saved.save(ledger().parked(isUsersStop));
        return new Work(Optional.empty(), Map.of("prompts", ledger().prompts().size()));
    }

    /** ComfyUI is away: what its user's stop has left is kept from now on. Returns how many its next start puts back. */
    int settle() throws IOException {
        if (ledger().isParked()) {
            saved.save(ledger().in(""));
            aside.take().ifPresent(news::add);
        }
        return ledger().prompts().size();
    }

    List<KeptPrompt> kept() throws IOException {
        return aside.kept();
    }

    /** Those with these ids are put back, now or, where that can't be, when it can. */
    HandledPrompts sendAgain(Set<String> ids) throws IOException {
        List<QueueFiles.KeptFile> chosen = aside.bringBack(ids);
        return aside.handled(chosen, putBackNow());
    }

    HandledPrompts discard(Set<String> ids) throws IOException {
        return aside.discard(ids);
    }

    /** Returns why some are left; empty where none are. */
    private String putBackNow() {
        try {
            int left = Integer.MAX_VALUE;
            while (isOwing() && ledger().in(Place.OWED).size() < left) {
                left = ledger().in(Place.OWED).size();
                keep();
            }
            news.removeIf(it -> it.type() == EventType.APP_QUEUE_RESTORED); // who asked is told
            return isOwing() ? "it is put back within two minutes" : "";
        } catch (IOException e) {
            return "it is put back when ComfyUI runs (%s)".formatted(e.getMessage());
        }
    }

    /** Temporary files that prompts load and that could not be kept, and why. */
    Map<String, String> unkeptTemp() {
        return temp.unkept();
    }

    /** How long it takes to see that nothing is new. */
    Duration cost() {
        return cost;
    }

    private Ledger ledger() {
        return saved.get();
    }

    private List<Item> queue() throws IOException {
        long begun = nanos.getAsLong();
        List<Item> items = server.queue();
        cost = Duration.ofNanos(nanos.getAsLong() - begun);
        return items;
    }

    /** A node of ours keeps the queue from now on. */
    void giveUp() throws IOException {
        saved.save(ledger().withoutQueued());
    }

    boolean isEmpty() {
        return ledger().prompts().isEmpty();
    }

    boolean isOwing() {
        return !ledger().in(Place.OWED).isEmpty() || !ledger().in(Place.SENT).isEmpty();
    }

    /** What has happened since it was asked for last. */
    List<News> news() {
        List<News> told = List.copyOf(news);
        news.clear();
        return told;
    }

    /** What was held ends with its run. */
    private record Hold(String run, long until) {}

    private boolean isHeld() throws IOException {
        if (hold.isPresent() && !isStill(hold.get())) {
            hold = Optional.empty();
        }
        return hold.isPresent();
    }

    private boolean isStill(Hold held) throws IOException {
        return nanos.getAsLong() - held.until() < 0 && runs.current().equals(held.run());
    }

    /** The queue comes before the history: what ends in between is in one of them. */
    private void look() throws IOException {
        String run = runs.current();
        Ledger before = ledger().in(run);
        Set<String> known = new HashSet<>();
        before.prompts().forEach(prompt -> known.add(prompt.currentId()));
        List<Item> items = queue(known);
        Map<String, Boolean> ended = server.ended(before.missing(items));
        if (before.in(Place.SENT).stream().anyMatch(sent -> !ended.containsKey(sent.currentId()))) {
            Map<String, Boolean> underOtherIds = server.endedPutBack();
            before.in(Place.SENT).stream()
                    .filter(sent -> underOtherIds.containsKey(sent.id()))
                    .forEach(sent -> ended.putIfAbsent(sent.currentId(), underOtherIds.get(sent.id())));
        }
        if (!runs.current().equals(run)) {
            throw new IOException("it was started anew just then");
        }
        if (!run.equals(upRun)) {
            upRun = run;
            upSince = nanos.getAsLong();
            aside.beginRun();
        }
        saved.save(before.see(new Look(items, ended)));
        for (Item item : items) {
            if (item.file() > 0 && !ledger().isOf(item.file())) {
                files.delete(item.file()); // we had sent it, and know what is in it
            }
        }
        aside.take().ifPresent(news::add);
        keepTemp();
    }

    private void keepTemp() throws IOException {
        temp.keep(ledger().prompts().stream().filter(Prompt::isQueued).toList());
    }

    /** Where it breaks off, all that was written is written again next time. */
    private List<Item> queue(Set<String> known) throws IOException {
        List<Long> written = new ArrayList<>();
        try {
            return server.queue(known::contains, content -> {
                long file = files.add(content);
                written.add(file);
                return file;
            });
        } catch (IOException e) {
            for (long file : written) {
                files.delete(file);
            }
            throw e;
        }
    }

    private void putBack() throws IOException {
        int before = ledger().restored();
        List<Prompt> owed = ledger().in(Place.OWED);
        for (Prompt prompt : owed.subList(0, Math.min(owed.size(), SENT_AT_ONCE))) {
            putBack(prompt);
        }
        saved.save(ledger());
        aside.take().ifPresent(news::add);
        if (ledger().restored() > before && !isOwing()) {
            news.add(new News(
                    EventType.APP_QUEUE_RESTORED,
                    "%s put back into its queue".formatted(QueueNotes.counted(ledger().restored())),
                    Map.of("prompts", ledger().restored())));
        }
    }

    private void putBack(Prompt prompt) throws IOException {
        // That it did not come to its end may be our own interrupt.
        if (server.ended(Set.of(prompt.currentId())).getOrDefault(prompt.currentId(), false)) {
            saved.save(ledger().without(prompt));
            return;
        }
        temp.giveBack(prompt);
        saved.save(ledger().sending(prompt));
        String request = files.content(prompt.file());
        Sent sent = server.send(request);
        if (sent instanceof Sent.Refused && !Uuids.isOne(prompt.id())) {
            sent = server.send(Uuids.withoutId(request)); // newer versions of ComfyUI take no other ids
        }
        // Until that is saved it is known that it was sent.
        saved.noteUnsaved(
                switch (sent) {
                    case Sent.Taken(String id) -> ledger().back(prompt, id.isEmpty() ? prompt.id() : id);
                    case Sent.Refused(String why) -> ledger().refused(prompt, why);
                });
    }
}
