package org.jupyterrestart.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.jupyterrestart.queue.StandInComfyUi.Ids;

/** Services that are killed at any step, by chance. */
class QueueChanceIT extends QueueLab {
    /** Any request may be the last of a service: carried out or not, its answer is heard by nobody. Some prompts load
     * a file that each start of ComfyUI removes. */
    @ParameterizedTest
    @EnumSource(Ids.class)
    void killedServicesLoseAndRepeatNothing(Ids ids) throws IOException {
        comfyUi = new StandInComfyUi(ids);
        for (int seed = 0; seed < 20; seed++) {
            live(new Random(seed), seed);
        }
    }

    private void live(Random chance, int seed) throws IOException {
        comfyUi.restart();
        List<String> sent = new ArrayList<>();
        QueueKeeper keeper = keeper();
        for (int turn = 0; turn < 12; turn++) {
            for (int i = chance.nextInt(3); i > 0; i--) {
                sent.add("%d/%d/%d".formatted(seed, turn, i));
                if (i == 1) {
                    comfyUi.putTemp(sent.getLast(), "content");
                    comfyUi.send(sent.getLast(), id(sent.getLast()), sent.getLast());
                } else {
                    send(sent.getLast());
                }
            }
            if (chance.nextBoolean()) {
                comfyUi.begin();
            }
            if (chance.nextInt(3) == 0) {
                comfyUi.end();
            }
            comfyUi.cut(chance.nextInt(12), chance.nextBoolean());
            boolean isRestart = chance.nextInt(3) == 0;
            keeper = upToACut(keeper, isRestart, chance.nextBoolean());
            comfyUi.cut(-1, false);
            if (isRestart || chance.nextInt(4) == 0) {
                keeper.keep(); // the last look before an end that nobody foresaw
                comfyUi.restart();
            }
            pass(Duration.ofSeconds(chance.nextInt(200)));
        }
        for (int i = 0; i < 4; i++) {
            keeper.keep();
            pass(Duration.ofSeconds(130));
        }
        runAll();
        keeper.keep();
        List<String> accounted = new ArrayList<>(asideOf(seed)); // what ran at three ends
        comfyUi.ran().stream().filter(name -> name.startsWith(seed + "/")).forEach(accounted::add);
        assertEquals(
                sent.stream().sorted().toList(), accounted.stream().sorted().toList(), "seed " + seed);
    }

    private List<String> asideOf(int seed) throws IOException {
        List<String> names = new ArrayList<>();
        Path kept = folder.resolve("comfyui").resolve("kept");
        if (Files.exists(kept)) {
            try (Stream<Path> files = Files.list(kept)) {
                for (Path file : files.toList()) {
                    names.add(StandInComfyUi.name(JsonParser.parseString(Files.readString(file))
                            .getAsJsonObject()
                            .getAsJsonObject("prompt")));
                }
            }
        }
        return names.stream().filter(name -> name.startsWith(seed + "/")).toList();
    }

    private QueueKeeper upToACut(QueueKeeper keeper, boolean isHeld, boolean isInterrupting) throws IOException {
        try {
            for (int i = 0; i < 3; i++) {
                if (isHeld) {
                    keeper.hold(isInterrupting, false);
                } else {
                    keeper.keep();
                    pass(Duration.ofMillis(1500));
                }
            }
            return keeper;
        } catch (IOException _) {
            return keeper();
        }
    }
}
