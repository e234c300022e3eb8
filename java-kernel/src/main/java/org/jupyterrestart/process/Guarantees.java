package org.jupyterrestart.process;

/**
 * How much is known about started apps, for status and doctor.
 *
 * @param kept each app runs under a keeper
 * @param explanation one sentence for people: what holds, and if less than all does, why
 */
public record Guarantees(boolean kept, String explanation) {
    static Guarantees full() {
        return new Guarantees(
                true,
                "Each app runs under a keeper: how it ended and which processes it left are known even when the service "
                        + "was away.");
    }

    static Guarantees withoutKeeper(String why) {
        return new Guarantees(
                false,
                ("Apps run without a keeper, because %s: how an app ended while the service was away may stay unknown, "
                                + "and a process it left is found by its session or environment only.")
                        .formatted(why));
    }
}
