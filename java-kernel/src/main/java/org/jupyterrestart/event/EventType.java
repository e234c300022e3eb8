package org.jupyterrestart.event;

import java.util.Locale;

/** What can happen; {@link #wireName} is the name in the log, in the API and in config. */
public enum EventType {
    SERVICE_STARTED,
    SERVICE_STOPPED,
    SERVICE_ADOPTED,
    SERVICE_ERROR,
    SERVICE_STORM,
    SERVICE_CALM,
    MACHINE_ENDING,
    MACHINE_STAYS,
    CONFIG_LOADED,
    CONFIG_REJECTED,
    APP_WAITING,
    APP_STARTING,
    APP_READY,
    APP_STOPPING,
    APP_STOPPED,
    APP_CRASHED,
    APP_HUNG,
    APP_ADOPTED,
    APP_STANDBY,
    APP_LOST,
    APP_CRASH_LOOP,
    APP_SURVIVORS,
    APP_GPU_FREED,
    APP_GPU_HELD,
    APP_MEMORY_FREED,
    APP_BLOCKED,
    APP_QUEUE_RESTORED,
    APP_PROMPTS_KEPT,
    APP_NODES_GONE,
    APP_ENABLED,
    APP_DISABLED,
    APP_FAILED,
    KERNEL_LIMIT_CHANGED,
    KERNEL_LIMIT_REACHED,
    KERNEL_POSTPONED,
    KERNEL_RESTART_ORDERED,
    KERNEL_RESTARTED,
    KERNEL_RESTART_FAILED,
    KERNEL_ORDER_DONE,
    RESTART_SCHEDULED,
    RESTART_POSTPONED,
    RESTART_INITIATED,
    RESTART_WAITING,
    RESTART_PREPARING,
    RESTART_DRAINING,
    RESTART_DRAINED,
    RESTART_STOPPING,
    RESTART_VERIFYING,
    RESTART_STARTING,
    RESTART_RESTORING,
    RESTART_COMPLETED,
    RESTART_FAILED,
    RESTART_CALLED_OFF,
    LIMIT_PREDICTED,
    LIMIT_REACHED,
    HOOK_FAILED,
    NOTIFY_FAILED;

    private final String wireName = name().toLowerCase(Locale.ROOT).replaceFirst("_", ".");

    /** For example {@code restart.called_off}. */
    public String wireName() {
        return wireName;
    }
}
