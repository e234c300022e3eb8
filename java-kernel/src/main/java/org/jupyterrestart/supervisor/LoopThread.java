package org.jupyterrestart.supervisor;

import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;

/** {@link Loop} by a thread of its own. */
final class LoopThread implements Loop {
    private static final Runnable END = () -> {};

    private final BlockingQueue<Runnable> queue = new LinkedBlockingQueue<>();
    private final CompletableFuture<Consumer<Throwable>> onFailure = new CompletableFuture<>();
    private final Set<CompletableFuture<?>> waiting = ConcurrentHashMap.newKeySet();
    private volatile boolean isEnded;
    private final Thread thread = Thread.ofPlatform().name("supervisor").unstarted(this::run);

    @Override
    public void start(Consumer<Throwable> listener) {
        onFailure.complete(listener);
        thread.start();
    }

    @Override
    public void end() {
        queue.add(END);
    }

    @Override
    public void awaitEnd() throws InterruptedException {
        thread.join();
    }

    @Override
    public void submit(Runnable task) {
        queue.add(task);
    }

    @Override
    public <T> T call(Task<T> task) throws RefusedException {
        CompletableFuture<T> answer = new CompletableFuture<>();
        waiting.add(answer);
        queue.add(() -> {
            try {
                answer.complete(task.run());
            } catch (RefusedException | RuntimeException e) {
                answer.completeExceptionally(e);
            }
        });
        if (isEnded) {
            answer.completeExceptionally(ended());
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

    private static IllegalStateException ended() {
        return new IllegalStateException("the service has ended");
    }

    private void run() {
        for (Runnable task = take(); task != END; task = take()) {
            try {
                task.run();
            } catch (Throwable failure) {
                onFailure.join().accept(failure);
            }
        }
        // In this order: a call that comes now either sees the flag or is seen here.
        isEnded = true;
        waiting.forEach(answer -> answer.completeExceptionally(ended()));
    }

    private Runnable take() {
        try {
            return queue.take();
        } catch (InterruptedException e) {
            return END;
        }
    }
}
