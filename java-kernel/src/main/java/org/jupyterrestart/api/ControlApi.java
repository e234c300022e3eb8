package org.jupyterrestart.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jupyterrestart.api.EventPolls.EventQuery;
import org.jupyterrestart.api.LogPages.LogQuery;
import org.jupyterrestart.api.wire.Activity;
import org.jupyterrestart.api.wire.Adoption;
import org.jupyterrestart.api.wire.App;
import org.jupyterrestart.api.wire.ConfigInForce;
import org.jupyterrestart.api.wire.Drained;
import org.jupyterrestart.api.wire.Events;
import org.jupyterrestart.api.wire.Failure;
import org.jupyterrestart.api.wire.GroupOrder;
import org.jupyterrestart.api.wire.Kept;
import org.jupyterrestart.api.wire.Life;
import org.jupyterrestart.api.wire.Log;
import org.jupyterrestart.api.wire.NamedApps;
import org.jupyterrestart.api.wire.NamedPrompts;
import org.jupyterrestart.api.wire.NewConfig;
import org.jupyterrestart.api.wire.Plan;
import org.jupyterrestart.api.wire.Postponement;
import org.jupyterrestart.api.wire.ProblemCode;
import org.jupyterrestart.api.wire.PromptsKept;
import org.jupyterrestart.api.wire.ResourceHistory;
import org.jupyterrestart.api.wire.RestartOrder;
import org.jupyterrestart.api.wire.Service;
import org.jupyterrestart.api.wire.ServiceRestart;
import org.jupyterrestart.api.wire.Snapshot;
import org.jupyterrestart.config.AppSpec;
import org.jupyterrestart.config.ConfigFile;
import org.jupyterrestart.config.Durations;
import org.jupyterrestart.config.Parsed;
import org.jupyterrestart.event.EventLog;
import org.jupyterrestart.lifecycle.Reason;
import org.jupyterrestart.output.OutputFile;
import org.jupyterrestart.queue.HandledPrompts;
import org.jupyterrestart.resource.OwnUse;
import org.jupyterrestart.resource.Resources;
import org.jupyterrestart.supervisor.Accepted;
import org.jupyterrestart.supervisor.AcceptedGroup;
import org.jupyterrestart.supervisor.AppView;
import org.jupyterrestart.supervisor.Clock;
import org.jupyterrestart.supervisor.Control;
import org.jupyterrestart.supervisor.Control.AdoptionRequest;
import org.jupyterrestart.supervisor.LiveConfig;
import org.jupyterrestart.supervisor.RefusedException;

/** What each route does, in terms of the contract's records; knows nothing of HTTP. Any thread may call. */
public final class ControlApi {
    private static final int SNAPSHOT_EVENTS = 10;

    private final Parts parts;
    private final EventPolls polls;
    private final LogPages pages;
    private final RestartTally tally;
    private volatile Optional<Whole> last = Optional.empty();

    /**
     * What the handlers work on.
     *
     * @param end ends the service, soon after it returns
     */
    public record Parts(
            Control control,
            EventLog events,
            ResourceRing resources,
            LogPaths logs,
            LiveConfig config,
            ServiceFacts facts,
            Clock clock,
            Consumer<ServiceEnd> end) {}

    public ControlApi(Parts parts) {
        this.parts = parts;
        tally = new RestartTally(parts.events());
        polls = new EventPolls(parts.events(), parts.clock());
        pages = new LogPages(parts.clock());
    }

    /** The handlers of what concerns kernels. */
    KernelApi kernels() {
        return new KernelApi(parts.control());
    }

    /** The very same object until something changes. */
    Snapshot snapshot() {
        org.jupyterrestart.supervisor.Snapshot now = parts.control().snapshot();
        Resources resources = parts.resources().latest();
        Optional<Whole> known = last.filter(whole -> whole.of() == now && whole.resources() == resources);
        Whole whole = known.orElseGet(() -> new Whole(now, resources, whole(now, resources)));
        last = Optional.of(whole);
        return whole.snapshot();
    }

    Exposition.Text metrics() {
        return Metrics.of(snapshot(), tally.now(), OwnUse.now());
    }

    /** A snapshot and what it was made of. */
    private record Whole(org.jupyterrestart.supervisor.Snapshot of, Resources resources, Snapshot snapshot) {}

    private Snapshot whole(org.jupyterrestart.supervisor.Snapshot now, Resources resources) {
        long before = Math.max(0, now.seq() - SNAPSHOT_EVENTS);
        return new Snapshot(
                now.seq(),
                service(),
                Views.apps(now.apps()),
                resources,
                parts.events().since(before, Math.toIntExact(now.seq() - before)));
    }

    App app(String name) throws ApiProblem {
        return Views.app(find(name));
    }

    private AppView find(String name) throws ApiProblem {
        List<AppView> apps = parts.control().snapshot().apps();
        return apps.stream().filter(app -> app.name().equals(name)).findFirst().orElseThrow(() -> {
            String known = apps.stream().map(AppView::name).sorted().collect(Collectors.joining(", "));
            return new ApiProblem(
                    ProblemCode.NO_SUCH_APP,
                    "There is no app \"%s\". Apps: %s.".formatted(name, known.isEmpty() ? "none yet" : known));
        });
    }

    Accepted restart(String app, RestartOrder order) throws ApiProblem, RefusedException {
        if (order.in().isPresent()) {
            return parts.control().restartIn(app, duration("in", order.in().get()));
        }
        return parts.control()
                .restart(app, order.reason().orElse(Reason.MANUAL), order.now().orElse(false));
    }

    AcceptedGroup restartTogether(GroupOrder order) throws RefusedException {
        return parts.control()
                .restartTogether(
                        order.apps().orElse(List.of()),
                        order.reason().orElse(Reason.MANUAL),
                        order.now().orElse(false));
    }

    Accepted postpone(String app, Postponement by) throws ApiProblem, RefusedException {
        return parts.control().postpone(app, duration("duration", by.duration()));
    }

    private static Duration duration(String field, String text) throws ApiProblem {
        return switch (Durations.parse(text)) {
            case Parsed.Good<Duration>(Duration value) -> value;
            case Parsed.Bad<Duration>(String why) ->
                throw ApiProblem.badRequest("Field \"%s\": %s.".formatted(field, why));
        };
    }

    Accepted enable(String app, boolean enabled) throws RefusedException {
        return parts.control().enable(app, enabled);
    }

    Accepted start(String app) throws RefusedException {
        return parts.control().start(app);
    }

    Accepted stop(String app) throws RefusedException {
        return parts.control().stop(app);
    }

    Accepted startTogether(NamedApps which) throws RefusedException {
        return parts.control().startTogether(which.apps().orElse(List.of()));
    }

    Accepted stopTogether(NamedApps which) throws RefusedException {
        return parts.control().stopTogether(which.apps().orElse(List.of()));
    }

    Accepted adopt(String app, Adoption adoption) throws ApiProblem, RefusedException {
        if (!AppSpec.isName(app)) {
            // It becomes the name of files, too.
            throw ApiProblem.badRequest("\"%s\" is no name for an app: %s.".formatted(app, AppSpec.NAME_RULE));
        }
        if (adoption.pid() < 1) {
            throw ApiProblem.badRequest("Field \"pid\" is %d: a process id is positive.".formatted(adoption.pid()));
        }
        boolean inPlace = adoption.life().equals(Optional.of(Life.IN_PLACE));
        checkStoppable(adoption.pid(), inPlace);
        AdoptionRequest request = new AdoptionRequest(
                adoption.pid(),
                adoption.servingPid(),
                adoption.standbyPid(),
                adoption.preset(),
                adoption.port(),
                inPlace,
                adoption.restartId(),
                adoption.url(),
                adoption.kept().map(ControlApi::details).orElse(Map.of()),
                adoption.tookOver().orElse(false),
                adoption.respawn().orElse(false),
                adoption.command().filter(command -> !command.isEmpty()),
                adoption.notes().orElse(List.of()));
        return parts.control().adopt(app, request);
    }

    /** A restart in place stops nothing: a Jupyter server may well be the first process of its container. */
    private void checkStoppable(int pid, boolean inPlace) throws ApiProblem {
        if (pid == parts.facts().pid()) {
            throw new ApiProblem(
                    ProblemCode.REFUSED, "Process %d is the restart service itself. Name another one.".formatted(pid));
        }
        if (pid == 1 && !inPlace) {
            throw new ApiProblem(
                    ProblemCode.REFUSED,
                    "To stop process 1 would end the whole machine, or container. Adopt the app itself.");
        }
    }

    /** As the data of {@code restart.completed} has it. */
    private static Map<String, Object> details(Kept kept) {
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("away_s", kept.awaySeconds());
        details.put("kernels", kept.kernels());
        details.put("terminals", kept.terminals());
        details.put("lost_kernels", kept.lostKernels());
        kept.fallback().ifPresent(why -> details.put("fallback", why));
        return details;
    }

    Accepted leave(String app) throws RefusedException {
        return parts.control().leave(app);
    }

    Accepted drained(String app, Drained answer) throws RefusedException {
        return parts.control().drained(app, answer.restartId(), answer.client(), answer.saved(), answer.unsaved());
    }

    Accepted activity(String app, Activity activity) throws RefusedException {
        return parts.control().activity(app, activity.busyWith());
    }

    Accepted failed(String app, Failure failure) throws RefusedException {
        return parts.control().failed(app, failure.restartId(), failure.message());
    }

    Accepted clientGone(String client) {
        return parts.control().clientGone(client);
    }

    /** A tab is noted before the wait only: one that closes meanwhile must not come back by its late answer. */
    Events events(EventQuery query) throws ApiProblem, InterruptedException {
        query.client().ifPresent(client -> parts.control().clientPolls(client, query.timeout()));
        return polls.poll(query, this::snapshot);
    }

    Plan plan(Optional<String> app, int n) throws RefusedException {
        return new Plan(parts.control().plan(app, n).stream().map(Views::plan).toList());
    }

    Log restartLog(LogQuery query) throws InterruptedException {
        return pages.read(new RestartLogText(parts.logs().restartLog()), query);
    }

    Log appLog(String name, LogQuery query) throws ApiProblem, InterruptedException {
        AppView app = find(name);
        Path file = parts.logs().output(name);
        if (app.pid().isPresent() && !Files.exists(file)) {
            throw new ApiProblem(
                    ProblemCode.REFUSED,
                    "The service did not start %s (pid %d), so its output is not here: look where it was started."
                            .formatted(name, app.pid().getAsInt()));
        }
        return pages.read(new OutputText(new OutputFile(file)), query);
    }

    PromptsKept keptPrompts(String app) throws RefusedException {
        return new PromptsKept(parts.control().keptWork().of(app));
    }

    HandledPrompts sendAgain(String app, NamedPrompts which) throws RefusedException {
        return parts.control().keptWork().sendAgain(app, which.promptIds().orElse(List.of()));
    }

    HandledPrompts discard(String app, NamedPrompts which) throws RefusedException {
        return parts.control().keptWork().discard(app, which.promptIds().orElse(List.of()));
    }

    ResourceHistory resources(Optional<Instant> since) {
        return new ResourceHistory(parts.resources().since(since.orElse(Instant.MIN)));
    }

    ConfigInForce config() {
        ConfigFile.InForce now = parts.config().inForce();
        return new ConfigInForce(now.path().map(Path::toString), now.toml(), now.problems());
    }

    Accepted configure(NewConfig config) throws ApiProblem {
        try {
            return switch (parts.config().write(config.toml())) {
                case LiveConfig.Written.Taken(Accepted accepted) -> accepted;
                case LiveConfig.Written.Rejected(List<String> problems) ->
                    throw new ApiProblem(ProblemCode.CONFIG_ERROR, String.join("\n", problems));
            };
        } catch (IOException e) {
            throw new ApiProblem(
                    ProblemCode.REFUSED,
                    "The config could not be written (%s); the one before it stays in force. Make its file writable."
                            .formatted(e));
        }
    }

    Service service() {
        return parts.facts().at(parts.clock().now());
    }

    Accepted stopService() {
        Accepted accepted = new Accepted(parts.events().lastSeq(), Optional.empty());
        parts.end().accept(new ServiceEnd.Stop());
        return accepted;
    }

    Accepted restartService(ServiceRestart order) throws ApiProblem {
        if (order.program().isPresent()) {
            checkProgram(order.program().get());
        }
        Accepted accepted = new Accepted(parts.events().lastSeq(), Optional.empty());
        parts.end().accept(new ServiceEnd.Restart(order.program()));
        return accepted;
    }

    private static void checkProgram(List<String> program) throws ApiProblem {
        boolean isGood = !program.isEmpty()
                && Path.of(program.getFirst()).isAbsolute()
                && Files.isExecutable(Path.of(program.getFirst()));
        if (!isGood) {
            throw ApiProblem.badRequest(
                    "Field \"program\": %s does not begin with the path of a program.".formatted(program));
        }
    }

    /** The contract itself, as JSON text. */
    String contract() {
        try (InputStream in = ControlApi.class.getResourceAsStream("/openapi.json")) {
            return new String(in.readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("Could not read openapi.json from the jar", e);
        }
    }
}
