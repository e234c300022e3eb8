package org.jupyterrestart.process;

/** How a process ended, as far as anybody can know. */
public sealed interface ExitStatus {
    /** It returned {@code code}, 0 to 255. */
    record Code(int code) implements ExitStatus {}

    /** A signal ended it. */
    record Signal(int number) implements ExitStatus {}

    /** It is gone, but its parent took the status: the usual case for an adopted process. */
    record Unknown() implements ExitStatus {}

    /** From the number that {@code wait(2)} gives: a signal in the lowest seven bits, else a code in the next eight. */
    static ExitStatus ofWaitStatus(int status) {
        int signal = status & 0x7F;
        return signal == 0 ? new Code(status >> 8 & 0xFF) : new Signal(signal);
    }

    default boolean isSuccess() {
        return this instanceof Code(int code) && code == 0;
    }

    /** For people: {@code exit code 3}, {@code signal 9}, {@code an unknown exit status}. */
    default String describe() {
        return switch (this) {
            case Code(int code) -> "exit code " + code;
            case Signal(int number) -> "signal " + number;
            case Unknown _ -> "an unknown exit status";
        };
    }
}
