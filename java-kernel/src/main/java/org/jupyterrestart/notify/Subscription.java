package org.jupyterrestart.notify;

import static java.lang.System.Logger.Level.ERROR;
import static java.lang.System.Logger.Level.WARNING;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jupyterrestart.event.Event;
import org.jupyterrestart.event.EventDraft;
import org.jupyterrestart.web.WebCall.Answer;

/** Tells one webhook, on a thread of its own, event after event in their order; a slow one holds up no other. */
final class Subscription {
    private static final System.Logger LOG = System.getLogger(Subscription.class.getName());
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);
    private static final int BATCH = 100;

    private final Subscriber subscriber;
    private final Notifier.World world;
    private final Cursor cursor;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread;

    /** Guards {@code isIdle}: the thread is interrupted only while it waits for events. */
    private final ReentrantLock idling = new ReentrantLock();

    private boolean isIdle;
    private long told;
    private boolean isFailing;

    /** Knows from now on what to tell; a webhook that is new hears of what comes, one that is known of what it missed. */
    Subscription(Subscriber subscriber, Notifier.World world) {
        this.subscriber = subscriber;
        this.world = world;
        cursor = subscriber.cursor(world.folder());
        long last = world.events().lastSeq();
        told = cursor.load().stream().filter(seq -> seq <= last).findFirst().orElse(last);
        cursor.save(told);
        thread = Thread.ofVirtual().name("webhook " + subscriber.id()).unstarted(this::follow);
    }

    void start() {
        thread.start();
    }

    /** From now on it sends what is there, then ends; {@link #join} says when. */
    void close() {
        idling.lock();
        try {
            closing.countDown();
            if (isIdle) {
                thread.interrupt();
            }
        } finally {
            idling.unlock();
        }
    }

    /** Waits for the end; what is not sent by then is sent by the next service. */
    void join(Duration grace) throws InterruptedException {
        if (!thread.join(grace)) {
            thread.interrupt();
            thread.join();
        }
    }

    private void follow() {
        try {
            boolean goesOn = true;
            while (goesOn) {
                goesOn = tellAll() && awaitEvents();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.log(ERROR, "The webhook %s is told nothing more".formatted(subscriber.id()), e);
        }
    }

    /** False when it was closed before everything was told. */
    private boolean tellAll() throws InterruptedException {
        List<Event> batch = world.events().since(told, BATCH);
        while (!batch.isEmpty()) {
            for (Event event : batch) {
                boolean isWanted = subscriber.wants(event);
                if (isWanted && !tell(event)) {
                    return false;
                }
                told = event.seq();
                if (isWanted || event.equals(batch.getLast())) {
                    cursor.save(told);
                }
            }
            batch = world.events().since(told, BATCH);
        }
        return true;
    }

    /** Until it is taken or given up; false when it was closed before. */
    private boolean tell(Event event) throws InterruptedException {
        Notice notice = Notice.of(event, world.machine());
        for (int tries = 1; true; tries++) {
            Answer answer = notice.postTo(subscriber.webhook().url()).send();
            if (Thread.currentThread().isInterrupted()) {
                return false;
            }
            if (answer instanceof Answer.Status status && status.isGood()) {
                isFailing = false;
                return true;
            }
            Duration age = Duration.between(event.time(), world.clock().now().wall());
            Optional<Duration> pause = world.retry().after(answer, tries, age);
            boolean isGivenUp = pause.isEmpty();
            if (isGivenUp || tries == world.retry().leastTries()) {
                tellOf(subscriber.failure(
                        event, tries, answer, isGivenUp, world.clock().now()));
            }
            if (isGivenUp) {
                return true;
            }
            if (closing.await(pause.get().toNanos(), TimeUnit.NANOSECONDS)) {
                return false;
            }
        }
    }

    /** One event until the webhook answers again: an outage must not fill the log. */
    private void tellOf(EventDraft failure) {
        LOG.log(WARNING, failure.message());
        if (!isFailing) {
            isFailing = true;
            world.events().append(failure);
        }
    }

    /** False when it was closed. */
    private boolean awaitEvents() {
        idling.lock();
        try {
            isIdle = closing.getCount() > 0;
            if (!isIdle) {
                return false;
            }
        } finally {
            idling.unlock();
        }
        try {
            world.events().await(told, LONGEST_WAIT);
        } catch (InterruptedException _) {
            // Closed: what came in the meantime is still told.
        }
        idling.lock();
        try {
            isIdle = false;
        } finally {
            idling.unlock();
        }
        Thread.interrupted();
        return true;
    }
}
