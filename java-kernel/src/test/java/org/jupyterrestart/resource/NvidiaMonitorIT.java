package org.jupyterrestart.resource;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jupyterrestart.resource.GpuSample.Device;
import org.jupyterrestart.resource.Resources.Gpu;

/** Against a library of the driver's interface. */
class NvidiaMonitorIT {
    private static final Gpu FIRST = new Gpu("NVIDIA A4000", 500, 1_000, OptionalInt.of(35));

    @TempDir
    Path folder;

    private GpuLab lab;

    @BeforeEach
    void build() throws IOException, InterruptedException {
        lab = new GpuLab(folder);
    }

    private NvidiaMonitor monitor() throws IOException {
        return new NvidiaMonitor(lab.library().toString(), lab.hostPids());
    }

    private static GpuSample of(Device... devices) {
        return new GpuSample(List.of(devices), Optional.empty());
    }

    @Test
    void devicesAreToldWithMemoryUseAndProcesses() throws IOException {
        lab.says("gpu 0 500 1000 35 NVIDIA A4000", "process 11 300", "process 12 -", "gpu 0 0 2000 -1 NVIDIA H100");

        assertEquals(
                Optional.of(of(
                        new Device(FIRST, Optional.of(Map.of(11, 300L, 12, Device.UNTOLD))),
                        new Device(new Gpu("NVIDIA H100", 0, 2_000, OptionalInt.empty()), Optional.of(Map.of())))),
                monitor().sample());
    }

    @Test
    void moreProcessesThanThereIsRoomForAreAllTold() throws IOException {
        lab.says(Stream.concat(
                        Stream.of("gpu 0 500 1000 35 NVIDIA A4000"),
                        IntStream.rangeClosed(1, 400).mapToObj(pid -> "process %d 1".formatted(pid)))
                .toArray(String[]::new));

        GpuSample sample = monitor().sample().orElseThrow();

        assertEquals(
                400, sample.devices().getFirst().memoryByPid().orElseThrow().size());
    }

    @Test
    void noLibraryIsNoDriver() throws IOException {
        assertEquals(
                Optional.empty(), new NvidiaMonitor(folder.resolve("missing.so").toString(), lab.hostPids()).sample());
    }

    @Test
    void driverThatIsNotLoadedIsToldAndAskedAgain() throws IOException {
        NvidiaMonitor monitor = monitor();
        lab.says("init 9");
        assertEquals(Optional.of(GpuSample.troubled("NVIDIA: the NVIDIA driver is not loaded")), monitor.sample());

        lab.says("init 18");
        assertEquals(
                Optional.of(GpuSample.troubled(
                        "NVIDIA: driver and library differ in version: reboot, or load the new driver")),
                monitor.sample());

        lab.says();
        assertEquals(Optional.of(GpuSample.NONE), monitor.sample());
    }

    @Test
    void driverThatIsLostIsInitialisedAnew() throws IOException {
        NvidiaMonitor monitor = monitor();
        lab.says("gpu 0 500 1000 35 NVIDIA A4000");
        monitor.sample();
        lab.says("count 1");
        assertEquals(Optional.of(GpuSample.troubled("NVIDIA: the driver was unloaded meanwhile")), monitor.sample());

        lab.says("gpu 0 500 1000 35 NVIDIA A4000");
        assertEquals(Optional.of(of(new Device(FIRST, Optional.of(Map.of())))), monitor.sample());
    }

    @Test
    void oneLostGpuDoesNotHideTheOthers() throws IOException {
        lab.says("gpu 15 0 0 0 NVIDIA A4000", "gpu 0 500 1000 35 NVIDIA A4000");

        assertEquals(
                Optional.of(new GpuSample(
                        List.of(new Device(FIRST, Optional.of(Map.of()))),
                        Optional.of("NVIDIA GPU 0: the GPU has fallen off the bus: only a reboot brings it back"))),
                monitor().sample());
    }

    @Test
    void processesThatTheDriverDoesNotTellAreMissingNotNone() throws IOException {
        lab.says("processes 3", "gpu 0 500 1000 35 NVIDIA A4000");

        GpuSample sample = monitor().sample().orElseThrow();

        assertEquals(of(new Device(FIRST, Optional.empty())), sample);
        assertEquals(OptionalLong.empty(), sample.of(Set.of(11)));
    }

    @Test
    void hostPidsInAContainerAreMissingNotNone() throws IOException {
        NvidiaMonitor inside = new NvidiaMonitor(lab.library().toString(), lab.containerPids());
        lab.says("gpu 0 500 1000 35 NVIDIA A4000", "process 11 300");
        assertEquals(Optional.of(of(new Device(FIRST, Optional.empty()))), inside.sample());

        lab.says("gpu 0 500 1000 35 NVIDIA A4000");
        assertEquals(Optional.of(of(new Device(FIRST, Optional.empty()))), inside.sample());
    }

    @Test
    void pidsThatADriverTranslatesForAContainerCount() throws IOException {
        NvidiaMonitor inside = new NvidiaMonitor(lab.library().toString(), lab.containerPids());
        lab.opens(11, 5, "/dev/nvidia0", "");
        lab.says("gpu 0 500 1000 35 NVIDIA A4000", "process 11 300");

        assertEquals(Optional.of(of(new Device(FIRST, Optional.of(Map.of(11, 300L))))), inside.sample());
    }
}
