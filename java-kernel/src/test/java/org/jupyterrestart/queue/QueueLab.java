package org.jupyterrestart.queue;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.jupyterrestart.lifecycle.Work;
import org.jupyterrestart.queue.StandInComfyUi.Ids;

/** A queue that is kept from outside, with real HTTP and files; time is the test's. */
abstract class QueueLab {
    static final int MOST_TEMP_BYTES = 1024;

    @TempDir
    Path folder;

    private final AtomicLong nanos = new AtomicLong();
    StandInComfyUi comfyUi;

    @AfterEach
    void close() {
        comfyUi.close();
    }

    QueueKeeper serve(Ids ids) throws IOException {
        comfyUi = new StandInComfyUi(ids);
        return keeper();
    }

    /** Of a new service, which knows what is on the disk. */
    QueueKeeper keeper() throws IOException {
        QueueFiles files = files();
        TempFiles temp = new TempFiles(new TempFolder(comfyUi.url()), files, nanos::get, MOST_TEMP_BYTES);
        return new QueueKeeper(new ComfyUiServer(comfyUi.url()), comfyUi::run, files, temp, nanos::get);
    }

    QueueFiles files() {
        return new QueueFiles(folder.resolve("comfyui"));
    }

    void send(String... names) {
        for (String name : names) {
            comfyUi.send(name, id(name));
        }
    }

    static String id(String name) {
        return UUID.nameUUIDFromBytes(name.getBytes(UTF_8)).toString();
    }

    void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    Work restore(QueueKeeper keeper) throws IOException {
        assertEquals(Work.busy("its queue is being put back"), keeper.restore());
        pass(Duration.ofMillis(1500));
        return keeper.restore();
    }

    void runAll() {
        while (!comfyUi.queued().isEmpty()) {
            comfyUi.begin();
            comfyUi.end();
        }
    }

    List<String> fileNames() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("comfyui"))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
