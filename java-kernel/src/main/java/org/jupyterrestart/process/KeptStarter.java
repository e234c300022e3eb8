package org.jupyterrestart.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.jupyterrestart.process.Children.Program;
import org.jupyterrestart.process.Children.Result;

/** Starts each app under a keeper of its own: our child is the keeper, the app is its child. */
record KeptStarter(Children children, Path keeper, KeeperFiles files) implements Starter {
    private static final int REPORT_LIMIT = 128;

    @Override
    public SpawnResult start(Launch launch, Path program) {
        try {
            Path file = files.create(children.bootId());
            SpawnResult result = start(launch, program, file);
            if (result instanceof SpawnResult.Spawned(ProcessIdentity app)) {
                files.assign(file, app);
            } else {
                Files.deleteIfExists(file);
            }
            return result;
        } catch (IOException e) {
            return new SpawnResult.NotSpawned(("its status file can't be written (%s): "
                            + "free space or correct the permissions of the service's home")
                    .formatted(e.getMessage()));
        }
    }

    /** The pipe ends with the keeper's report: its other end is closed by the exec of the app. */
    private SpawnResult start(Launch launch, Path program, Path file) {
        Stream<String> own = Stream.of("keeper", file.toString(), program.toString());
        List<String> arguments = Stream.concat(own, launch.command().stream()).toList();
        LibC.Pipe pipe = LibC.pipe();
        Result keeping;
        try {
            keeping = children.make(new Program(keeper, arguments, OptionalInt.of(pipe.writeEnd())), launch);
        } finally {
            LibC.close(pipe.writeEnd());
        }
        try {
            return switch (keeping) {
                case Result.None(int errno) -> new SpawnResult.NotSpawned(SpawnObstacle.explain(keeper, errno));
                case Result.Child _ -> result(LibC.readAll(pipe.readEnd(), REPORT_LIMIT), program);
            };
        } finally {
            LibC.close(pipe.readEnd());
        }
    }

    private SpawnResult result(String report, Path program) {
        String boot = KeeperRecord.firstLine(children.bootId()).strip();
        KeeperRecord record = KeeperRecord.parse(Stream.of(boot, report.strip()));
        if (record.failed().isPresent()) {
            return new SpawnResult.NotSpawned(
                    SpawnObstacle.explain(program, record.failed().getAsInt()));
        }
        return record.app()
                .<SpawnResult>map(SpawnResult.Spawned::new)
                .orElseGet(() -> new SpawnResult.NotSpawned(
                        "its keeper ended before it could start it: free memory or raise the limit of processes"));
    }

    @Override
    public Guarantees guarantees() {
        return Guarantees.full();
    }
}
