package org.jupyterrestart.api.wire;

/** Stable name of what went wrong, with its HTTP status. */
public enum ProblemCode {
    BAD_REQUEST(400, "Bad Request"),
    UNAUTHORIZED(401, "Unauthorized"),
    FORBIDDEN(403, "Forbidden"),
    NO_SUCH_APP(404, "Not Found"),
    NO_SUCH_ROUTE(404, "Not Found"),
    METHOD_NOT_ALLOWED(405, "Method Not Allowed"),
    REFUSED(409, "Conflict"),
    UNKNOWN_SEQ(410, "Gone"),
    CONFIG_ERROR(422, "Unprocessable Content"),
    INTERNAL(500, "Internal Server Error"),
    /** Too many requests are being answered. */
    BUSY(503, "Service Unavailable"),
    /** Said by a service that is ending, and by a Jupyter server in the place of one that is away. */
    SERVICE_NOT_RUNNING(503, "Service Unavailable");

    private final int status;
    private final String title;

    ProblemCode(int status, String title) {
        this.status = status;
        this.title = title;
    }

    public int status() {
        return status;
    }

    /** The status in words. */
    public String title() {
        return title;
    }
}
