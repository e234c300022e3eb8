/**
 * What a call of the service came to when it did not succeed.
 *
 * `code` is the stable name that the service, or the Jupyter server in its place, gave; `unreachable`
 * where no answer came at all, `unexpected` where the answer was none of the service's.
 * `status` is the HTTP status, 0 without an answer. The message is one for people.
 */
export class ControlError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status = 0
  ) {
    super(message);
    this.name = 'ControlError';
  }

  /** The error of anything that was thrown. */
  static of(thrown: unknown): ControlError {
    if (thrown instanceof ControlError) {
      return thrown;
    }
    const detail = thrown instanceof Error ? thrown.message : String(thrown);
    return new ControlError('unexpected', detail);
  }
}
