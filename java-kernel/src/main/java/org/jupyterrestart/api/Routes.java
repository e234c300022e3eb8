package org.jupyterrestart.api;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.jupyterrestart.api.EventPolls.EventQuery;
import org.jupyterrestart.api.LogPages.LogQuery;
import org.jupyterrestart.api.wire.Activity;
import org.jupyterrestart.api.wire.Adoption;
import org.jupyterrestart.api.wire.Drained;
import org.jupyterrestart.api.wire.Failure;
import org.jupyterrestart.api.wire.GroupOrder;
import org.jupyterrestart.api.wire.KernelNews;
import org.jupyterrestart.api.wire.KernelOrder;
import org.jupyterrestart.api.wire.KernelPostponement;
import org.jupyterrestart.api.wire.NamedApps;
import org.jupyterrestart.api.wire.NamedPrompts;
import org.jupyterrestart.api.wire.NewConfig;
import org.jupyterrestart.api.wire.Postponement;
import org.jupyterrestart.api.wire.RestartOrder;
import org.jupyterrestart.api.wire.ServiceRestart;

/** The method table: every path and method of the contract, bound to its handler. */
final class Routes {
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);

    private final List<Route> table;

    Routes(ControlApi api) {
        KernelApi kernels = api.kernels();
        table = List.of(
                get("/v1/apps", _ -> api.snapshot()),
                get("/v1/apps/{name}", request -> api.app(request.path("name"))),
                post("/v1/apps/{name}/restart", r -> api.restart(r.path("name"), r.body(RestartOrder.class))),
                post("/v1/start", r -> api.startTogether(r.body(NamedApps.class))),
                post("/v1/stop", r -> api.stopTogether(r.body(NamedApps.class))),
                post("/v1/restart", r -> api.restartTogether(r.body(GroupOrder.class))),
                post("/v1/apps/{name}/postpone", r -> api.postpone(r.path("name"), r.body(Postponement.class))),
                post("/v1/apps/{name}/enable", r -> api.enable(bodyless(r).path("name"), true)),
                post("/v1/apps/{name}/disable", r -> api.enable(bodyless(r).path("name"), false)),
                post("/v1/apps/{name}/start", r -> api.start(bodyless(r).path("name"))),
                post("/v1/apps/{name}/stop", r -> api.stop(bodyless(r).path("name"))),
                post("/v1/apps/{name}/adopt", r -> api.adopt(r.path("name"), r.body(Adoption.class))),
                post("/v1/apps/{name}/leave", r -> api.leave(bodyless(r).path("name"))),
                post("/v1/apps/{name}/drained", r -> api.drained(r.path("name"), r.body(Drained.class))),
                post("/v1/apps/{name}/activity", r -> api.activity(r.path("name"), r.body(Activity.class))),
                post("/v1/apps/{name}/failed", r -> api.failed(r.path("name"), r.body(Failure.class))),
                post(
                        "/v1/apps/{name}/kernels/restart",
                        r -> kernels.restart(r.path("name"), r.body(KernelOrder.class))),
                post(
                        "/v1/apps/{name}/kernels/postpone",
                        r -> kernels.postpone(r.path("name"), r.body(KernelPostponement.class))),
                post("/v1/apps/{name}/kernels/told", r -> kernels.told(r.path("name"), r.body(KernelNews.class))),
                get("/v1/apps/{name}/prompts", request -> api.keptPrompts(request.path("name"))),
                done("/v1/apps/{name}/prompts/send", r -> api.sendAgain(r.path("name"), r.body(NamedPrompts.class))),
                done("/v1/apps/{name}/prompts/discard", r -> api.discard(r.path("name"), r.body(NamedPrompts.class))),
                new Route("DELETE", "/v1/clients/{client}", 202, r -> api.clientGone(r.path("client"))),
                get("/v1/events", request -> api.events(eventQuery(request.query()))),
                get(
                        "/v1/plan",
                        request -> api.plan(request.query().text("app"), number(request.query(), "n", 1, 1000, 5))),
                get("/v1/logs", request -> api.restartLog(logQuery(request.query()))),
                get("/v1/logs/{name}", request -> api.appLog(request.path("name"), logQuery(request.query()))),
                get("/v1/resources", request -> api.resources(request.query().time("since"))),
                get("/v1/config", _ -> api.config()),
                new Route("PUT", "/v1/config", 202, r -> api.configure(r.body(NewConfig.class))),
                get("/v1/service", _ -> api.service()),
                post("/v1/service/stop", r -> {
                    bodyless(r);
                    return api.stopService();
                }),
                post("/v1/service/restart", r -> api.restartService(r.body(ServiceRestart.class))),
                get("/v1/openapi.json", _ -> api.contract()),
                get("/metrics", _ -> api.metrics()));
    }

    List<Route> table() {
        return table;
    }

    /** A route, and what its path names. */
    record Match(Route route, Map<String, String> path) {}

    /** What came of looking for a route. */
    sealed interface Found {
        record One(Match match) implements Found {}

        /** The path is known, but not with this method. */
        record OtherMethods(String allowed) implements Found {}

        record None() implements Found {}
    }

    Found find(String method, String rawPath) throws ApiProblem {
        TreeSet<String> allowed = new TreeSet<>();
        for (Route route : table) {
            Optional<Map<String, String>> path = match(route, rawPath);
            if (path.isPresent() && route.method().equals(method)) {
                return new Found.One(new Match(route, path.get()));
            }
            path.ifPresent(_ -> allowed.add(route.method()));
        }
        return allowed.isEmpty() ? new Found.None() : new Found.OtherMethods(String.join(", ", allowed));
    }

    private static Optional<Map<String, String>> match(Route route, String rawPath) throws ApiProblem {
        try {
            return route.match(rawPath);
        } catch (IllegalArgumentException e) {
            throw ApiProblem.badRequest("The path \"%s\" can't be read: %s.".formatted(rawPath, e.getMessage()));
        }
    }

    private static Route get(String template, Route.Handler handler) {
        return new Route("GET", template, 200, handler);
    }

    private static Route post(String template, Route.Handler handler) {
        return new Route("POST", template, 202, handler);
    }

    /** It is carried out when it is answered. */
    private static Route done(String template, Route.Handler handler) {
        return new Route("POST", template, 200, handler);
    }

    /** No fields are expected, but what is sent must be an object all the same. */
    private static Request bodyless(Request request) throws ApiProblem {
        request.body(Nothing.class);
        return request;
    }

    private record Nothing() {}

    private static EventQuery eventQuery(Query query) throws ApiProblem {
        return new EventQuery(
                query.number("after", 0, Long.MAX_VALUE).orElse(0),
                query.seconds("wait", LONGEST_WAIT),
                number(query, "limit", 1, 10_000, 1000),
                query.text("app"),
                query.flag("snapshot"),
                query.text("client"));
    }

    private static LogQuery logQuery(Query query) throws ApiProblem {
        return new LogQuery(
                number(query, "n", 0, 100_000, 50),
                query.number("after", 0, Long.MAX_VALUE),
                query.seconds("wait", LONGEST_WAIT));
    }

    private static int number(Query query, String name, int least, int most, int usual) throws ApiProblem {
        return Math.toIntExact(query.number(name, least, most).orElse(usual));
    }
}
