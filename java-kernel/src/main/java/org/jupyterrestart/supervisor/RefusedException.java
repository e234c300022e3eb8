package org.jupyterrestart.supervisor;

/** A command that can't be carried out as things are; the message says why and what to do. */
public final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    /** What kind of refusal: each is one problem code of the API. */
    public enum Kind {
        NO_SUCH_APP,
        REFUSED,
        BAD_REQUEST
    }

    private final Kind kind;

    public RefusedException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
