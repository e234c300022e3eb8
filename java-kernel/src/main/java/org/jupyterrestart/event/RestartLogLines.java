package org.jupyterrestart.event;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.jupyterrestart.lifecycle.Reason;
import org.jupyterrestart.resource.Resources;

/** An event in the words of {@code restart.log}, which users and old scripts know; most events are no line at all. */
final class RestartLogLines {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss");
    private static final BigDecimal GIGABYTE = BigDecimal.valueOf(1L << 30);
    private static final BigDecimal MEGABYTE = BigDecimal.valueOf(1L << 20);

    private final ZoneId zone;

    RestartLogLines(ZoneId zone) {
        this.zone = zone;
    }

    /**
     * What the event does not say itself.
     *
     * @param title the name of the app as people write it
     * @param inPlace whether the app replaces itself, so that nothing is stopped
     */
    record Context(String title, boolean inPlace, Resources resources) {}

    /** {@code context} is asked only for an event that is told with it. */
    List<String> of(Event event, Supplier<Context> context) {
        return texts(event, context).stream()
                .map(text -> "[%s] %s".formatted(time(event.time()), text))
                .toList();
    }

    private List<String> texts(Event event, Supplier<Context> context) {
        return switch (event.type()) {
            case SERVICE_STARTED -> List.of("🚀 Auto-restart service starting - Next restart at: " + next(event));
            case RESTART_INITIATED ->
                List.of(
                        "🔄 %s restart initiated - Next restart at: %s".formatted(reason(event), next(event)),
                        "📊 System Status - " + status(context.get().resources()));
            case RESTART_DRAINING -> onlyIf(context.get().inPlace(), stopping());
            case RESTART_STOPPING -> onlyIf(!context.get().inPlace(), stopping());
            case RESTART_VERIFYING -> onlyIf(!context.get().inPlace(), stopped(event));
            case RESTART_STARTING -> startingAnew(context.get());
            case RESTART_RESTORING -> replaced(event, context.get());
            case RESTART_FAILED,
                    APP_CRASHED,
                    APP_HUNG,
                    APP_LOST,
                    APP_FAILED,
                    APP_CRASH_LOOP,
                    APP_SURVIVORS,
                    APP_GPU_HELD,
                    APP_BLOCKED,
                    APP_PROMPTS_KEPT,
                    APP_NODES_GONE,
                    KERNEL_RESTART_FAILED,
                    HOOK_FAILED,
                    NOTIFY_FAILED,
                    CONFIG_REJECTED,
                    SERVICE_ERROR,
                    SERVICE_STORM -> List.of("❌ " + event.message().replaceAll("\\s*\\R\\s*", " "));
            case SERVICE_STOPPED,
                    SERVICE_ADOPTED,
                    SERVICE_CALM,
                    MACHINE_ENDING,
                    MACHINE_STAYS,
                    CONFIG_LOADED,
                    APP_WAITING,
                    APP_STARTING,
                    APP_READY,
                    APP_STOPPING,
                    APP_STOPPED,
                    APP_GPU_FREED,
                    APP_QUEUE_RESTORED,
                    APP_MEMORY_FREED,
                    APP_ADOPTED,
                    APP_STANDBY,
                    APP_ENABLED,
                    APP_DISABLED,
                    KERNEL_LIMIT_CHANGED,
                    KERNEL_LIMIT_REACHED,
                    KERNEL_POSTPONED,
                    KERNEL_RESTART_ORDERED,
                    KERNEL_RESTARTED,
                    KERNEL_ORDER_DONE,
                    RESTART_SCHEDULED,
                    RESTART_POSTPONED,
                    RESTART_WAITING,
                    RESTART_PREPARING,
                    RESTART_DRAINED,
                    RESTART_COMPLETED,
                    RESTART_CALLED_OFF,
                    LIMIT_PREDICTED,
                    LIMIT_REACHED -> List.of();
        };
    }

    private static List<String> startingAnew(Context context) {
        return onlyIf(!context.inPlace(), starting(context));
    }

    private static List<String> replaced(Event event, Context context) {
        if (!context.inPlace()) {
            return List.of();
        }
        // What has crashed, or was ended as it hung, was not shut down gracefully.
        boolean isGraceful = event.reason()
                .filter(reason -> reason == Reason.CRASH || reason == Reason.HANG)
                .isEmpty();
        return isGraceful ? List.of(stopped(event), starting(context)) : List.of(starting(context));
    }

    private static List<String> onlyIf(boolean condition, String text) {
        return condition ? List.of(text) : List.of();
    }

    private static String stopping() {
        return "🛑 Initiating graceful shutdown for restart...";
    }

    private static String stopped(Event verifying) {
        return verifying.data().get("forced_after_s") instanceof Number seconds
                ? "⚠️ Forced termination after %ss".formatted(plain(new BigDecimal(seconds.toString())))
                : "✅ Graceful shutdown completed";
    }

    private static String starting(Context context) {
        return "🎯 Restarting %s application...".formatted(context.title());
    }

    private static String reason(Event event) {
        return event.reason().map(Reason::title).orElse("Manual");
    }

    private String next(Event event) {
        return nextRestart(event).map(this::time).orElse("never");
    }

    private static Optional<Instant> nextRestart(Event event) {
        try {
            return event.data().get("next_restart") instanceof String text
                    ? Optional.of(Instant.parse(text))
                    : Optional.empty();
        } catch (DateTimeParseException _) {
            return Optional.empty();
        }
    }

    private String time(Instant time) {
        return TIME.format(time.atZone(zone));
    }

    private static String status(Resources now) {
        String percent = now.diskUsed().isPresent() && now.diskTotal().orElse(0) > 0
                ? " (%d%% used)"
                        .formatted(Math.round(100.0
                                * now.diskUsed().getAsLong()
                                / now.diskTotal().getAsLong()))
                : "";
        return "Memory: %s/%s, Storage: %s/%s%s"
                .formatted(
                        size(now.memoryUsed()),
                        size(now.memoryTotal()),
                        size(now.diskUsed()),
                        size(now.diskTotal()),
                        percent);
    }

    /** Like {@code df -h}: a decimal below ten, none above. */
    private static String size(OptionalLong bytes) {
        if (bytes.isEmpty()) {
            return "unknown";
        }
        BigDecimal count = BigDecimal.valueOf(bytes.getAsLong());
        boolean isBig = count.compareTo(GIGABYTE) >= 0;
        BigDecimal units = count.divide(isBig ? GIGABYTE : MEGABYTE, 3, RoundingMode.HALF_UP);
        int decimals = units.compareTo(BigDecimal.TEN) < 0 ? 1 : 0;
        return plain(units.setScale(decimals, RoundingMode.HALF_UP)) + (isBig ? "GB" : "MB");
    }

    private static String plain(BigDecimal number) {
        return number.signum() == 0 ? "0" : number.stripTrailingZeros().toPlainString();
    }
}
