package org.jupyterrestart.queue;

import java.util.Optional;

/**
 * A prompt that has not ended, as far as is known.
 *
 * @param id under which its user sent it
 * @param currentId under which ComfyUI knows it: another one where ComfyUI gives its own
 * @param file where its content is
 * @param ends how often ComfyUI has ended, unasked, while it ran
 * @param why it is set aside; empty for one that is not
 */
record Prompt(String id, String currentId, long file, Place place, int ends, String why) {
    /** Where it is. */
    enum Place {
        /** It waits in ComfyUI's queue. */
        PENDING,
        RUNNING,
        /** It runs, and is interrupted so that it runs again. */
        INTERRUPTED,
        /** It is taken out of ComfyUI's queue, unless it had begun before. */
        TAKEN,
        /** It is in no queue, and is to be put back. */
        OWED,
        /** It is being put back: ComfyUI may have it. */
        SENT,
        /** It is kept, and not put back by itself. */
        ASIDE
    }

    /** After so many ends of ComfyUI it may be what ends it. */
    private static final int ENDS = 3;

    /** Empty for a second one of an id that was known: what is in it was not looked at. */
    static Optional<Prompt> first(Item item) {
        return item.file() == 0
                ? Optional.empty()
                : Optional.of(new Prompt(item.id(), item.id(), item.file(), Place.PENDING, 0, "").seen(item));
    }

    /** One that was set aside, and is to be put back after all. */
    static Prompt again(String id, long file) {
        return new Prompt(id, id, file, Place.OWED, 0, "");
    }

    boolean isIn(Place any) {
        return place == any;
    }

    boolean isQueued() {
        return switch (place) {
            case PENDING, RUNNING, INTERRUPTED -> true;
            case TAKEN, OWED, SENT, ASIDE -> false;
        };
    }

    /** Something was done to it, and is not known to be over. */
    boolean isUnderWay() {
        return switch (place) {
            case INTERRUPTED, TAKEN, SENT, ASIDE -> true;
            case PENDING, RUNNING, OWED -> false;
        };
    }

    boolean is(Item item) {
        return currentId.equals(item.id()) || id.equals(item.putBackFor());
    }

    Prompt in(Place next) {
        return new Prompt(id, currentId, file, next, ends, why);
    }

    Prompt aside(String reason) {
        return new Prompt(id, currentId, file, Place.ASIDE, ends, reason);
    }

    Prompt knownAs(String newId) {
        return new Prompt(id, newId, file, place, ends, why);
    }

    Prompt seen(Item item) {
        Place now = !item.isRunning() ? Place.PENDING : isIn(Place.INTERRUPTED) ? Place.INTERRUPTED : Place.RUNNING;
        return in(now).knownAs(item.id());
    }

    /**
     * It is not in ComfyUI's queue.
     *
     * @param completed whether it came to its end, where the history tells of it
     * @return empty where it is over: it has ended, or its user took it out
     */
    Optional<Prompt> missing(Optional<Boolean> completed) {
        return switch (place) {
            case PENDING, RUNNING -> Optional.empty();
            case INTERRUPTED -> completed.orElse(false) ? Optional.empty() : Optional.of(in(Place.OWED));
            case TAKEN, SENT -> completed.isPresent() ? Optional.empty() : Optional.of(in(Place.OWED));
            case OWED, ASIDE -> Optional.of(this);
        };
    }

    /** ComfyUI has ended, and its queue with it. */
    Prompt outlivingItsQueue() {
        int times = isIn(Place.RUNNING) ? ends + 1 : ends;
        Prompt counted = new Prompt(id, currentId, file, place, times, why);
        if (isIn(Place.ASIDE)) {
            return this;
        }
        return times >= ENDS
                ? counted.aside("ComfyUI ended %d times while it ran".formatted(times))
                : counted.in(Place.OWED);
    }
}
