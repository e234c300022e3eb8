package org.jupyterrestart.supervisor;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;

/** {@link Loop} by a thread of its own. */
final class LoopThread implements Loop {
    private static final Runnable END = () -> {};

    private final BlockingQueue<Runnable> queue = new LinkedBlockingQueue<>();
    private final CompletableFuture<Consumer<Throwable>> onFailure = new CompletableFuture<>();
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
        queue.add(() -> {
            try {
                answer.complete(task.run());
            } catch (RefusedException | RuntimeException e) {
                answer.completeExceptionally(e);
            }
        });
        if (!thread.isAlive() && thread.getState() == Thread.State.TERMINATED) {
            throw new IllegalStateException("the service has ended");
        }
        try {
            return answer.join();
        } catch (CompletionException e) {
            switch (e.getCause()) {
                case RefusedException refused -> throw refused;
                case RuntimeException failure -> throw failure;
                default -> throw e;
            }
        }
    }

    private void run() {
        for (Runnable task = take(); task != END; task = take()) {
            try {
                task.run();
            } catch (Throwable failure) {
                onFailure.join().accept(failure);
            }
        }
    }

    private Runnable take() {
        try {
            return queue.take();
        } catch (InterruptedException e) {
            return END;
        }
    }
}
