import type { Terminal } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';

import { HOLD_LIMIT_MS, holdInput, type Session } from '../terminals/heldInput';

class FakeSession implements Session {
  readonly messageReceived = new Signal<Terminal.ITerminalConnection, Terminal.IMessage>(
    this as unknown as Terminal.ITerminalConnection
  );
  readonly connectionStatusChanged = new Signal<
    Terminal.ITerminalConnection,
    Terminal.ConnectionStatus
  >(this as unknown as Terminal.ITerminalConnection);
  isDisposed = false;
  sent: string[] = [];

  send(message: Terminal.IMessage): void {
    this.sent.push([message.type, ...(message.content ?? [])].join(' '));
  }

  type(key: string): void {
    this.send({ type: 'stdin', content: [key] });
  }

  hear(word: string): void {
    this.messageReceived.emit({ type: word as Terminal.MessageType, content: [] });
  }
}

let session: FakeSession;

beforeEach(() => {
  jest.useFakeTimers();
  session = new FakeSession();
  holdInput(session);
});
afterEach(() => jest.useRealTimers());

describe('What is typed into a terminal', () => {
  test('is held from the old goodbye to the next connection, and sent once, in order', () => {
    holdInput(session);
    session.type('a');
    session.hear('pause');
    session.type('b');
    session.hear('pause');
    session.connectionStatusChanged.emit('connecting');
    session.type('c');
    expect(session.sent).toEqual(['stdin a', 'paused']);
    session.connectionStatusChanged.emit('connected');
    session.type('d');
    expect(session.sent).toEqual(['stdin a', 'paused', 'stdin b', 'stdin c', 'stdin d']);
  });

  test('goes to the same server where that stays', () => {
    session.hear('pause');
    session.type('a');
    session.hear('resume');
    session.type('b');
    expect(session.sent).toEqual(['paused', 'stdin a', 'stdin b']);
  });

  test('is not held for ever', async () => {
    session.hear('pause');
    session.type('a');
    await jest.advanceTimersByTimeAsync(HOLD_LIMIT_MS);
    expect(session.sent).toEqual(['paused', 'stdin a']);
  });

  test('is forgotten with its terminal', async () => {
    session.hear('pause');
    session.type('a');
    session.isDisposed = true;
    await jest.advanceTimersByTimeAsync(HOLD_LIMIT_MS);
    expect(session.sent).toEqual(['paused']);
  });
});
