import type { ControlClient } from '../api/client';
import { ControlError } from '../api/errors';
import type { RestartEvent } from '../api/types';
import type { Arrival } from './reduce';
import { delay } from './timing';

/** Seconds for which the service is asked to wait for an event. */
export const WAIT_S = 25;
/** The pause after the first failure, in ms; it doubles with each one up to the longest. */
export const FIRST_PAUSE_MS = 250;
export const LONGEST_PAUSE_MS = 5_000;

const UNKNOWN_SEQ = 'unknown_seq';

/** What a stream hands on: each arrival, with the events in it that nobody has seen before. */
export type Sink = (arrival: Arrival, news: readonly RestartEvent[]) => void;

/**
 * Follows the service by long poll, one request at a time, for as long as the page lives.
 *
 * The cursor survives everything: a restart of the Jupyter server, which this product causes, and one of
 * the service. Where the service does not know it any more, or events are missing, a new snapshot is taken.
 * A hidden tab follows as well, because a restart waits for its documents.
 */
export class EventStream {
  constructor(
    private readonly client: Pick<ControlClient, 'snapshot' | 'events'>,
    private readonly tab: string,
    private readonly sink: Sink
  ) {}

  /** Follow until the signal aborts; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS;
    while (!signal.aborted) {
      try {
        await (this.cursor === null ? this.look(signal) : this.poll(this.cursor, signal));
        pauseMs = FIRST_PAUSE_MS;
      } catch (thrown) {
        const error = ControlError.of(thrown);
        if (error.code === UNKNOWN_SEQ) {
          this.cursor = null;
        } else {
          this.sink({ kind: 'error', error }, []);
        }
        await this.pause(pauseMs, signal);
        pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
      }
    }
  }

  /** Ask again now instead of at the end of the pause. */
  retry(): void {
    this.wake.abort();
  }

  private async look(signal: AbortSignal): Promise<void> {
    const snapshot = await this.client.snapshot(signal);
    const seen = this.seen;
    this.cursor = snapshot.seq;
    this.seen = snapshot.seq;
    // A log that was begun anew counts from 1 again: all of it is news then.
    const since = seen === null ? snapshot.seq : snapshot.seq < seen ? 0 : seen;
    this.hand({ kind: 'snapshot', snapshot, at: performance.now() }, snapshot.events, since);
  }

  private async poll(after: number, signal: AbortSignal): Promise<void> {
    const answer = await this.client.events({ after, waitS: WAIT_S, client: this.tab }, signal);
    const first = answer.events[0];
    const isGap = answer.oldest > after + 1 || (first !== undefined && first.seq !== after + 1);
    if (isGap || answer.seq < after) {
      throw new ControlError(UNKNOWN_SEQ, `Events after ${after} are missing.`);
    }
    this.cursor = answer.seq;
    this.seen = answer.seq;
    this.hand({ kind: 'events', answer, at: performance.now() }, answer.events, after);
  }

  private hand(arrival: Arrival, events: readonly RestartEvent[], since: number): void {
    this.sink(
      arrival,
      events.filter(event => event.seq > since)
    );
  }

  private async pause(ms: number, signal: AbortSignal): Promise<void> {
    this.wake = new AbortController();
    if (signal.aborted) {
      return;
    }
    const end = (): void => this.wake.abort();
    signal.addEventListener('abort', end);
    await delay(ms, this.wake.signal);
    signal.removeEventListener('abort', end);
  }

  /** Where to go on; null where a snapshot must be taken first. */
  private cursor: number | null = null;
  /** The last seq handed on; it outlives the cursor. */
  private seen: number | null = null;
  private wake = new AbortController();
}
