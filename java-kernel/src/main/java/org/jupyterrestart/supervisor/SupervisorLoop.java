package org.jupyterrestart.supervisor;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jupyterrestart.process.EventLoop;

/** {@link Loop} on the thread that hears of processes: what it hears is dealt with there and then. */
final class SupervisorLoop implements Loop {
    private final EventLoop events;
    private final CompletableFuture<Consumer<Throwable>> onFailure = new CompletableFuture<>();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final Set<CompletableFuture<?>> waiting = ConcurrentHashMap.newKeySet();

    SupervisorLoop(EventLoop events) {
        this.events = events;
    }

    @Override
    public void start(Consumer<Throwable> listener) {
        onFailure.complete(listener);
    }

    @Override
    public void end() {
        events.submit(() -> {
            // In this order: a call that comes now either sees the end or is seen here.
            ended.complete(null);
            waiting.forEach(answer -> answer.completeExceptionally(isOver()));
        });
    }

    @Override
    public void awaitEnd() throws InterruptedException {
        try {
            ended.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void submit(Runnable task) {
        events.submit(() -> {
            if (!ended.isDone()) {
                run(task);
            }
        });
    }

    private void run(Runnable task) {
        try {
            task.run();
        } catch (Throwable failure) {
            onFailure.join().accept(failure);
        }
    }

    @Override
    public <T> T call(Task<T> task) throws RefusedException {
        CompletableFuture<T> answer = new CompletableFuture<>();
        waiting.add(answer);
        submit(() -> {
            try {
                answer.complete(task.run());
            } catch (RefusedException | RuntimeException e) {
                answer.completeExceptionally(e);
            }
        });
        if (ended.isDone()) {
            answer.completeExceptionally(isOver());
        }
        try {
            return answer.join();
        } catch (CompletionException e) {
            switch (e.getCause()) {
                case RefusedException refused -> throw refused;
                case RuntimeException failure -> throw failure;
                default -> throw e;
            }
        } finally {
            waiting.remove(answer);
        }
    }

    @Override
    public boolean await(CompletableFuture<Void> done, Duration limit) {
        if (done.isDone()) {
            return false;
        }
        done.copy()
                .completeOnTimeout(null, limit.toMillis(), TimeUnit.MILLISECONDS)
                .join();
        return true;
    }

    private static IllegalStateException isOver() {
        return new IllegalStateException("the service has ended");
    }
}
