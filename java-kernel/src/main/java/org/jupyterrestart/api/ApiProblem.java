package org.jupyterrestart.api;

import org.jupyterrestart.api.wire.Problem;
import org.jupyterrestart.api.wire.ProblemCode;
import org.jupyterrestart.supervisor.RefusedException;

/** A request that got no answer but a problem; the message is for people: what was tried, what happened, what to do. */
final class ApiProblem extends Exception {
    private static final long serialVersionUID = 1L;

    private final ProblemCode code;

    ApiProblem(ProblemCode code, String message) {
        super(message);
        this.code = code;
    }

    static ApiProblem badRequest(String message) {
        return new ApiProblem(ProblemCode.BAD_REQUEST, message);
    }

    static ApiProblem of(RefusedException e) {
        ProblemCode code = switch (e.kind()) {
            case NO_SUCH_APP -> ProblemCode.NO_SUCH_APP;
            case REFUSED -> ProblemCode.REFUSED;
            case BAD_REQUEST -> ProblemCode.BAD_REQUEST;
        };
        return new ApiProblem(code, e.getMessage());
    }

    Problem body() {
        return new Problem("about:blank", code.title(), code.status(), getMessage(), code);
    }
}
