package org.jupyterrestart.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jupyterrestart.api.wire.Service;
import org.jupyterrestart.api.wire.Snapshot;
import org.jupyterrestart.event.EventDraft;
import org.jupyterrestart.event.EventType;
import org.jupyterrestart.lifecycle.Reason;
import org.jupyterrestart.resource.OwnUse;
import org.jupyterrestart.resource.Resources;
import org.jupyterrestart.resource.Resources.Gpu;

class MetricsTest {
    @TempDir
    Path home;

    private TestService service;

    @BeforeEach
    void start() throws Exception {
        service = TestService.start(home);
    }

    @AfterEach
    void close() throws Exception {
        service.close();
    }

    private void happens(EventType type, Reason reason, Map<String, Object> data) {
        service.events.append(new EventDraft(
                Instant.EPOCH,
                Optional.of("comfyui"),
                type,
                Optional.of("comfyui-1"),
                Optional.ofNullable(reason),
                "it happened",
                data));
    }

    @Test
    void everythingIsToldInPrometheusTextFormat() throws Exception {
        happens(EventType.RESTART_COMPLETED, Reason.SCHEDULED, Map.of("duration_s", 2.5));
        happens(EventType.RESTART_COMPLETED, Reason.SCHEDULED, Map.of("duration_s", 4));
        happens(EventType.RESTART_COMPLETED, Reason.MANUAL, Map.of("duration_s", 1));
        happens(EventType.RESTART_FAILED, Reason.MEMORY, Map.of());
        happens(EventType.APP_CRASHED, null, Map.of());
        HttpResponse<String> answer = service.send("GET", "/metrics", "");
        assertEquals(200, answer.statusCode());
        assertEquals(
                "text/plain; version=0.0.4; charset=utf-8",
                answer.headers().firstValue("Content-Type").orElseThrow());
        assertEquals(List.of(), ExpositionLint.problems(answer.body()));
        assertEquals(
                """
                jupyter_restart_app_state{app="comfyui",state="stopped"} 0
                jupyter_restart_app_state{app="comfyui",state="starting"} 0
                jupyter_restart_app_state{app="comfyui",state="running"} 1
                jupyter_restart_app_state{app="comfyui",state="preparing"} 0
                jupyter_restart_app_state{app="comfyui",state="draining"} 0
                jupyter_restart_app_state{app="comfyui",state="stopping"} 0
                jupyter_restart_app_state{app="comfyui",state="verifying"} 0
                jupyter_restart_app_state{app="comfyui",state="restoring"} 0
                jupyter_restart_app_state{app="comfyui",state="waiting"} 0
                jupyter_restart_app_state{app="comfyui",state="failed"} 0
                jupyter_restart_app_wanted{app="comfyui"} 1
                jupyter_restart_app_automatic_restarts{app="comfyui"} 1
                jupyter_restart_app_uptime_seconds{app="comfyui"} 3600
                jupyter_restart_app_next_restart_timestamp_seconds{app="comfyui"} %d
                jupyter_restart_app_memory_bytes{app="comfyui"} 1073741824
                jupyter_restart_app_restarts_total{app="comfyui",reason="manual"} 1
                jupyter_restart_app_restarts_total{app="comfyui",reason="scheduled"} 2
                jupyter_restart_app_restarts_failed_total{app="comfyui",reason="memory"} 1
                jupyter_restart_app_crashes_total{app="comfyui",reason=""} 1
                jupyter_restart_app_restart_duration_seconds_sum{app="comfyui",reason="manual"} 1
                jupyter_restart_app_restart_duration_seconds_count{app="comfyui",reason="manual"} 1
                jupyter_restart_app_restart_duration_seconds_sum{app="comfyui",reason="scheduled"} 6.500
                jupyter_restart_app_restart_duration_seconds_count{app="comfyui",reason="scheduled"} 2
                jupyter_restart_memory_used_bytes 8
                jupyter_restart_memory_total_bytes 16
                jupyter_restart_disk_used_bytes 45
                jupyter_restart_disk_total_bytes 100
                jupyter_restart_info{version="0.1.0"} 1
                jupyter_restart_events_total 5
                process_cpu_seconds_total N
                process_start_time_seconds N
                process_resident_memory_bytes N
                """.formatted(FakeControl.NEXT.getEpochSecond()),
                answer.body()
                        .lines()
                        .filter(line -> !line.startsWith("#"))
                        .map(line -> line.replaceFirst("^(process_\\w+) [0-9.]+$", "$1 N") + "\n")
                        .collect(Collectors.joining()));
    }

    @Test
    void gpusThatAreAlikeAreToldApart() {
        Gpu idle = new Gpu("RTX A4000", 0, 16L << 30, OptionalInt.of(0));
        Snapshot now = new Snapshot(
                5,
                new Service(true, OptionalInt.of(4100), OptionalLong.of(1), Optional.of("0.1.0"), Optional.empty()),
                List.of(),
                new Resources(
                        Instant.EPOCH,
                        OptionalLong.empty(),
                        OptionalLong.empty(),
                        OptionalLong.empty(),
                        OptionalLong.empty(),
                        List.of(idle, idle, new Gpu("MI210", 1L << 30, 64L << 30, OptionalInt.empty())),
                        Optional.empty()),
                List.of());

        String text = Metrics.of(now, Map.of(), OwnUse.now()).body();

        assertEquals(List.of(), ExpositionLint.problems(text));
        assertEquals(
                """
                jupyter_restart_gpu_memory_used_bytes{gpu="0",name="RTX A4000"} 0
                jupyter_restart_gpu_memory_used_bytes{gpu="1",name="RTX A4000"} 0
                jupyter_restart_gpu_memory_used_bytes{gpu="2",name="MI210"} 1073741824
                jupyter_restart_gpu_memory_total_bytes{gpu="0",name="RTX A4000"} 17179869184
                jupyter_restart_gpu_memory_total_bytes{gpu="1",name="RTX A4000"} 17179869184
                jupyter_restart_gpu_memory_total_bytes{gpu="2",name="MI210"} 68719476736
                jupyter_restart_gpu_busy_ratio{gpu="0",name="RTX A4000"} 0
                jupyter_restart_gpu_busy_ratio{gpu="1",name="RTX A4000"} 0
                """,
                text.lines()
                        .filter(line -> line.startsWith("jupyter_restart_gpu"))
                        .map(line -> line + "\n")
                        .collect(Collectors.joining()));
    }

    @Test
    void whatIsInALabelIsEscaped() {
        Exposition out = new Exposition();
        out.family("m", "gauge", "Help.").sample(1.25, "a", "\"\\\n");
        assertEquals(
                "# HELP m Help.\n# TYPE m gauge\nm{a=\"\\\"\\\\\\n\"} 1.250\n",
                out.text().body());
    }
}
