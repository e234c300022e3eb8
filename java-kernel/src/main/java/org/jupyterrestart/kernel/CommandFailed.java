package org.jupyterrestart.kernel;

/**
 * A command that could not be carried out; the message is all that its user needs. Unchecked, for BaseKernel's eval
 * declares none.
 */
final class CommandFailed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    CommandFailed(String message) {
        super(message);
    }
}
