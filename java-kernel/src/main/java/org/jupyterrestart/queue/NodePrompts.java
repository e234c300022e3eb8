package org.jupyterrestart.queue;

import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jupyterrestart.lifecycle.Note;

/**
 * The prompts that our node keeps outside of ComfyUI's queue: asked of the node while that runs, read in its journal
 * while it does not. What is ordered meanwhile is on the disk, and carried out at its next start. Not thread-safe.
 */
final class NodePrompts {
    private static final String LATER = "it is put back when ComfyUI runs";

    private final NodeServer server;
    private final QueueFiles files;

    NodePrompts(NodeServer server, QueueFiles files) {
        this.server = server;
        this.files = files;
    }

    /**
     * It runs: remembers where its journal is, and has it do what was ordered while it was away.
     *
     * @return what it could not write down, if there is something
     */
    Optional<Note> look() throws IOException {
        NodeOrders orders = files.loadOrders();
        Optional<NodeServer.Journal> journal = server.journal();
        NodeOrders now = orders.in(journal.map(NodeServer.Journal::folder).orElse(orders.folder()));
        if (!orders.discard().isEmpty()) {
            server.order("discard", Set.copyOf(orders.discard()));
        }
        if (!orders.send().isEmpty()) {
            server.order("restore", Set.copyOf(orders.send()));
        }
        if (!now.carriedOut().equals(orders)) {
            files.save(now.carriedOut()); // ordered once more after a kill, it finds nothing to do
        }
        return journal.flatMap(QueueNotes::unwritten);
    }

    /** In the order in which they came, but for what is to be forgotten. */
    List<KeptPrompt> kept() throws IOException {
        return known().kept();
    }

    /** @param isUp whether the node itself has told of them */
    private record Known(List<KeptPrompt> kept, boolean isUp) {
        Set<String> of(Set<String> ids) {
            return kept.stream()
                    .map(KeptPrompt::promptId)
                    .filter(ids::contains)
                    .collect(Collectors.toCollection(LinkedHashSet::new));
        }
    }

    private Known known() throws IOException {
        NodeOrders orders = files.loadOrders();
        Optional<List<KeptPrompt>> told = server.kept();
        List<KeptPrompt> kept =
                told.isPresent() ? told.get() : NodeJournal.in(orders.folder()).kept();
        return new Known(
                kept.stream()
                        .filter(prompt -> !orders.discard().contains(prompt.promptId()))
                        .map(prompt -> orders.send().contains(prompt.promptId())
                                ? new KeptPrompt(prompt.promptId(), LATER)
                                : prompt)
                        .toList(),
                told.isPresent());
    }

    /** What its next start puts back, and what it does not, where ComfyUI does not run. */
    NodeJournal.Left left() throws IOException {
        NodeOrders orders = files.loadOrders();
        NodeJournal.Left left = NodeJournal.in(orders.folder());
        List<KeptPrompt> kept = left.kept().stream()
                .filter(prompt -> !orders.send().contains(prompt.promptId()))
                .filter(prompt -> !orders.discard().contains(prompt.promptId()))
                .toList();
        long sent = left.kept().stream()
                .filter(prompt -> orders.send().contains(prompt.promptId()))
                .count();
        return new NodeJournal.Left(kept, left.due() + Math.toIntExact(sent));
    }

    HandledPrompts sendAgain(Set<String> ids) throws IOException {
        Known known = known();
        Set<String> chosen = known.of(ids);
        if (chosen.isEmpty() || known.isUp()) {
            return order("restore", chosen);
        }
        files.save(files.loadOrders().sending(chosen));
        List<KeptPrompt> due =
                chosen.stream().map(id -> new KeptPrompt(id, LATER)).toList();
        return new HandledPrompts(List.of(), due, List.of());
    }

    HandledPrompts discard(Set<String> ids) throws IOException {
        Known known = known();
        Set<String> chosen = known.of(ids);
        if (chosen.isEmpty() || known.isUp()) {
            return order("discard", chosen);
        }
        files.save(files.loadOrders().discarding(chosen));
        return new HandledPrompts(List.copyOf(chosen), List.of(), List.of());
    }

    private HandledPrompts order(String verb, Set<String> ids) throws IOException {
        if (ids.isEmpty()) {
            return HandledPrompts.NONE;
        }
        server.order(verb, ids);
        Known after = known();
        Set<String> left = after.of(ids);
        return new HandledPrompts(
                ids.stream().filter(id -> !left.contains(id)).toList(),
                List.of(),
                after.kept().stream()
                        .filter(prompt -> left.contains(prompt.promptId()))
                        .toList());
    }
}
