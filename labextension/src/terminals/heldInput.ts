import type { Terminal } from '@jupyterlab/services';

import { delay } from '../model/timing';

/** What the server of a terminal says before it goes, and when it stays after all; the page's answer to the first. */
export const PAUSE = 'pause';
export const RESUME = 'resume';
export const PAUSED = 'paused';

/** For how long input is held at most, in ms, where the server neither goes nor says that it stays. */
export const HOLD_LIMIT_MS = 10_000;

/** Of a terminal's connection what is needed here. */
export type Session = Pick<
  Terminal.ITerminalConnection,
  'connectionStatusChanged' | 'isDisposed' | 'messageReceived' | 'send'
>;

const known = new WeakSet<Session>();

/**
 * From now on, keep what is typed into a terminal while its server changes, and send it to the next one.
 *
 * JupyterLab does so only once it knows that the connection has ended: what it writes before that, to a socket that
 * closes already, the browser drops.
 */
export function holdInput(session: Session): void {
  if (known.has(session)) {
    return;
  }
  known.add(session);
  let release: (() => void) | null = null;
  session.messageReceived.connect((_, { type }) => {
    const word: string = type;
    if (word === PAUSE && !release) {
      release = hold(session, () => (release = null));
    } else if (word === RESUME) {
      release?.();
    }
  });
  session.connectionStatusChanged.connect((_, status) => {
    if (status === 'connected') {
      release?.();
    }
  });
}

/** Holds all that is sent until the function that it returns is called, or the limit is over; then `onEnd`. */
function hold(session: Session, onEnd: () => void): () => void {
  const held: Terminal.IMessage[] = [];
  const { send } = session;
  const limit = new AbortController();
  session.send = message => held.push(message);
  // The answer is not among the types that JupyterLab knows.
  send.call(session, { type: PAUSED as Terminal.MessageType, content: [] });
  const release = (): void => {
    if (limit.signal.aborted) {
      return;
    }
    limit.abort();
    session.send = send;
    onEnd();
    for (const message of session.isDisposed ? [] : held) {
      session.send(message);
    }
  };
  void delay(HOLD_LIMIT_MS, limit.signal).then(release);
  return release;
}
