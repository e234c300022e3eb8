package org.jupyterrestart.queue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jupyterrestart.queue.Prompt.Place;

/**
 * All that is known of a queue. Pure: what was seen and what is about to be done give the next ledger, which is on the
 * disk before it is acted upon.
 *
 * @param run the run of ComfyUI that was seen last; empty before the first
 * @param prompts in the order in which they run, or would
 * @param isParked the user stopped it: what waits is not put back by itself
 * @param restored how many prompts were put back in this run
 */
record Ledger(String run, List<Prompt> prompts, boolean isParked, int restored) {
    static final Ledger EMPTY = new Ledger("", List.of(), false, 0);

    private static final String PARKED = "it was kept when you stopped ComfyUI";

    Ledger {
        prompts = List.copyOf(prompts);
    }

    /** In another run of ComfyUI nothing is left of the queue. */
    Ledger in(String newRun) {
        if (newRun.equals(run)) {
            return this;
        }
        List<Prompt> left = prompts.stream()
                .map(Prompt::outlivingItsQueue)
                .map(it -> isParked && it.isIn(Place.OWED) ? it.aside(PARKED) : it)
                .toList();
        return new Ledger(newRun, left, false, 0);
    }

    /** Ids of those whose end is looked for in ComfyUI's history, for its queue does not show them. */
    Set<String> missing(List<Item> items) {
        return prompts.stream()
                .filter(prompt -> !prompt.isIn(Place.OWED) && !prompt.isIn(Place.ASIDE))
                .filter(prompt -> items.stream().noneMatch(prompt::is))
                .map(Prompt::currentId)
                .collect(Collectors.toSet());
    }

    /** What is in the queue comes first, in its order; what is not keeps its own. */
    Ledger see(Look look) {
        List<Prompt> rest = new ArrayList<>(prompts);
        List<Prompt> queued = new ArrayList<>();
        for (Item item : look.items()) {
            Optional<Prompt> known =
                    rest.stream().filter(prompt -> prompt.is(item)).findFirst();
            known.ifPresent(rest::remove);
            known.map(prompt -> prompt.seen(item)).or(() -> Prompt.first(item)).ifPresent(queued::add);
        }
        List<Prompt> left = rest.stream()
                .flatMap(prompt ->
                        prompt.missing(Optional.ofNullable(look.ended().get(prompt.currentId()))).stream())
                .toList();
        // A service that was killed just then sent them.
        long arrived = in(Place.SENT).size()
                - left.stream()
                        .filter(prompt -> in(Place.SENT).contains(prompt.in(Place.SENT)))
                        .count();
        return new Ledger(
                run,
                Stream.concat(queued.stream(), left.stream()).toList(),
                isParked,
                restored + Math.toIntExact(arrived));
    }

    /** Whether a queue that shows these is as it is known, and nothing is under way; some may be owed. */
    boolean isKnownIn(List<Item> items) {
        List<String> shown = new Look(items, Map.of())
                .items().stream().map(item -> item.id() + item.isRunning()).toList();
        List<String> queued = prompts.stream()
                .filter(Prompt::isQueued)
                .map(prompt -> prompt.currentId() + prompt.isIn(Place.RUNNING))
                .toList();
        return shown.equals(queued) && prompts.stream().noneMatch(Prompt::isUnderWay);
    }

    /** What waits is taken out, behind what was taken out before. */
    Ledger taking() {
        Predicate<Prompt> waits = prompt -> prompt.isIn(Place.PENDING);
        return with(Stream.concat(
                        prompts.stream().filter(waits.negate()),
                        prompts.stream().filter(waits).map(prompt -> prompt.in(Place.TAKEN)))
                .toList());
    }

    Ledger interrupting() {
        return with(prompts.stream()
                .map(prompt -> prompt.isIn(Place.RUNNING) ? prompt.in(Place.INTERRUPTED) : prompt)
                .toList());
    }

    Ledger parked(boolean byUser) {
        return new Ledger(run, prompts, byUser, restored);
    }

    /** {@code again} are to be put back, behind all others. */
    Ledger owing(List<Prompt> again) {
        return with(Stream.concat(prompts.stream(), again.stream()).toList());
    }

    /** {@code prompt} is about to be sent. */
    Ledger sending(Prompt prompt) {
        return replace(prompt, it -> it.in(Place.SENT));
    }

    /** ComfyUI has taken it, behind all others. */
    Ledger back(Prompt prompt, String newId) {
        Ledger without = without(prompt);
        long queued = without.prompts().stream().filter(Prompt::isQueued).count();
        List<Prompt> now = new ArrayList<>(without.prompts());
        now.add((int) queued, prompt.in(Place.PENDING).knownAs(newId));
        return new Ledger(run, now, isParked, restored + 1);
    }

    Ledger refused(Prompt prompt, String why) {
        return replace(prompt, it -> it.aside(why));
    }

    Ledger without(Prompt prompt) {
        return with(prompts.stream().filter(it -> it.file() != prompt.file()).toList());
    }

    /** Somebody else keeps the queue from now on. */
    Ledger withoutQueued() {
        return with(prompts.stream().filter(prompt -> !prompt.isQueued()).toList());
    }

    boolean isOf(long file) {
        return prompts.stream().anyMatch(prompt -> prompt.file() == file);
    }

    List<Prompt> in(Place place) {
        return prompts.stream().filter(prompt -> prompt.isIn(place)).toList();
    }

    private Ledger replace(Prompt prompt, UnaryOperator<Prompt> by) {
        return with(prompts.stream()
                .map(it -> it.file() == prompt.file() ? by.apply(it) : it)
                .toList());
    }

    private Ledger with(List<Prompt> others) {
        return new Ledger(run, others, isParked, restored);
    }
}
