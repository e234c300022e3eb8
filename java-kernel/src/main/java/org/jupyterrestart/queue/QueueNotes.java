package org.jupyterrestart.queue;

import static java.util.stream.Collectors.joining;

import java.util.Map;
import java.util.Optional;
import org.jupyterrestart.lifecycle.Note;

/** What people should know of a queue, in words. Pure. */
final class QueueNotes {
    static final Note WITHOUT_NODE = new Note(
            "node_missing",
            "Our node is not in it: its queue is kept by looks at it. Prompts that come after the last look before it"
                    + " ends are lost, and API keys that newer versions don't show.",
            "jupyter restart comfyui install-node, then restart it: the node keeps each prompt before it is answered.");

    private QueueNotes() {}

    /** Of so many that wait for their user's word. */
    static Optional<Note> kept(int prompts) {
        return Optional.of(new Note(
                        "prompts_kept",
                        "%s kept outside of its queue.".formatted(counted(prompts)),
                        "See why: jupyter restart comfyui kept. Send them again with: comfyui send --all, or forget"
                                + " them: comfyui discard --all."))
                .filter(_ -> prompts > 0);
    }

    /** Of so many that wait for the next start of {@code app}. */
    static Optional<Note> due(int prompts, String app) {
        return Optional.of(new Note(
                        "prompts_due",
                        "%s put back into its queue when it starts.".formatted(counted(prompts)),
                        "jupyter restart start %s".formatted(app)))
                .filter(_ -> prompts > 0);
    }

    /** Of a journal that can't be written, as on a full disk. */
    static Optional<Note> unwritten(NodeServer.Journal journal) {
        String what = journal.unwritten() > 0
                ? "%s in its queue that its node could not write down: a crash may lose %s."
                        .formatted(counted(journal.unwritten()), journal.unwritten() == 1 ? "it" : "them")
                : "Its node could not write down all that came into its queue.";
        return Optional.of(new Note(
                        "queue_unwritten",
                        what,
                        "Make room on the disk of %s. The node says: %s".formatted(journal.folder(), journal.error())))
                .filter(_ -> !journal.error().isEmpty());
    }

    /** Of temporary files that its prompts load, and why each is not kept. */
    static Optional<Note> tempUnkept(Map<String, String> files) {
        String named = files.entrySet().stream()
                .map(file -> "%s (%s)".formatted(file.getKey(), file.getValue()))
                .collect(joining(", "));
        return Optional.of(new Note(
                        "temp_unkept",
                        "A restart loses what its prompts load out of its temp folder: %s.".formatted(named),
                        "Such a prompt is refused then, and kept. Our node keeps files of any size: jupyter restart"
                                + " comfyui install-node, then restart it."))
                .filter(_ -> !files.isEmpty());
    }

    static String counted(int prompts) {
        return prompts == 1 ? "1 prompt is" : prompts + " prompts are";
    }
}
