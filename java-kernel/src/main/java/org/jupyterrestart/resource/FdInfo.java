package org.jupyterrestart.resource;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What one descriptor of a GPU holds, as the kernel's drm-usage-stats writes it into {@code fdinfo}.
 *
 * @param vram bytes of the device's own memory
 */
record FdInfo(Client client, long vram) {
    /** Older kernels have the first key alone. */
    private static final String[] VRAM = {"drm-memory-vram", "drm-resident-vram", "drm-resident-vram0"};

    /**
     * Who it belongs to: several descriptors of one client tell of the same memory.
     *
     * @param address the device's, on its bus
     */
    record Client(String address, String id) {}

    /** Empty where it tells no memory. */
    static Optional<FdInfo> parse(String text) {
        Map<String, String> values = text.lines()
                .map(line -> line.split(":", 2))
                .filter(parts -> parts.length == 2)
                .collect(Collectors.toMap(parts -> parts[0].strip(), parts -> parts[1].strip(), (first, _) -> first));
        String address = values.get("drm-pdev");
        String id = values.get("drm-client-id");
        return Stream.of(VRAM)
                .map(values::get)
                .flatMapToLong(value -> bytes(value).stream())
                .boxed()
                .findFirst()
                .filter(_ -> address != null && id != null)
                .map(bytes -> new FdInfo(new Client(address, id), bytes));
    }

    /** {@code value} is a number and a unit; without one it counts bytes. */
    private static OptionalLong bytes(String value) {
        if (value == null || !value.matches("\\d{1,12}( (KiB|MiB))?")) {
            return OptionalLong.empty();
        }
        String[] parts = value.split(" ", 2);
        int shift = parts.length == 1 ? 0 : parts[1].equals("KiB") ? 10 : 20;
        return OptionalLong.of(Long.parseLong(parts[0]) << shift);
    }
}
