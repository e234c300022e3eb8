import { Signal } from '@lumino/signaling';

import { ControlError } from '../api/errors';
import {
  type IDocument,
  type IEnding,
  Reconnection,
  SETTLE_MS
} from '../languageServers/reconnection';
import type { IState } from '../model/state';
import { anApp, aState, FakeModel } from './fixtures';

const AWAY: Partial<IState> = {
  connection: { kind: 'away', error: new ControlError('unreachable', 'no answer') }
};

class FakeDocument implements IDocument {
  readonly foreignDocuments = new Map<string, FakeDocument>();

  constructor(
    readonly uri: string,
    ...foreign: FakeDocument[]
  ) {
    foreign.forEach(document => this.foreignDocuments.set(document.uri, document));
  }
}

/** One language server for all documents, which keep the connection that they have, as JupyterLab's do. */
class Servers {
  readonly connected = new Signal<this, { connection: IEnding }>(this);
  readonly connections = new Map<string, FakeConnection>();
  readonly adapters = new Map(
    [new FakeDocument('a.py'), new FakeDocument('n.ipynb', new FakeDocument('n.md')), null].map(
      (virtualDocument, i) => [
        `${i}`,
        {
          virtualDocument,
          connectDocument: (document: FakeDocument): Promise<void> => this.connect(document.uri)
        }
      ]
    )
  );
  readonly log: string[] = [];
  isDown = false;
  private latest = new FakeConnection();

  connect(uri: string): Promise<void> {
    if (this.isDown) {
      this.log.push(`${uri} fails`);
      return Promise.resolve();
    }
    const connection = this.connections.get(uri) ?? this.latest;
    this.connections.set(uri, connection);
    this.log.push(`${uri} ${connection.isEnded ? 'ended' : 'open'}`);
    this.connected.emit({ connection });
    return Promise.resolve();
  }

  unregisterDocument(uri: string): void {
    this.connections.delete(uri);
    if (this.connections.size === 0) {
      this.latest = new FakeConnection();
    }
  }

  /** The Jupyter server ends. */
  end(): void {
    this.latest.end(false);
  }
}

class FakeConnection implements IEnding {
  readonly closeSignal = new Signal<this, boolean>(this);
  isEnded = false;

  end(isOnPurpose: boolean): void {
    this.isEnded = true;
    this.closeSignal.emit(isOnPurpose);
  }
}

let model: FakeModel;
let servers: Servers;

beforeEach(async () => {
  jest.useFakeTimers();
  model = new FakeModel();
  servers = new Servers();
  new Reconnection(model, servers);
  model.show(aState([anApp()]));
  await Promise.all(['a.py', 'n.ipynb', 'n.md'].map(uri => servers.connect(uri)));
  servers.log.length = 0;
});
afterEach(() => jest.useRealTimers());

const ALL_OPEN = ['a.py open', 'n.ipynb open', 'n.md open'];

describe('Reconnection', () => {
  test('connects all documents when their server has been replaced by another one', async () => {
    servers.end();
    await jest.advanceTimersByTimeAsync(SETTLE_MS - 1);
    expect(servers.log).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(servers.log).toEqual(ALL_OPEN);
  });

  test('does so each time, once', async () => {
    servers.end();
    await jest.advanceTimersByTimeAsync(SETTLE_MS);
    servers.end();
    await jest.advanceTimersByTimeAsync(10 * SETTLE_MS);
    model.show(aState([anApp()]));
    expect(servers.log).toEqual([...ALL_OPEN, ...ALL_OPEN]);
  });

  test('waits for a server that is away, and tries again where that was away once more', async () => {
    servers.end();
    model.show(aState([anApp()], AWAY));
    await jest.advanceTimersByTimeAsync(SETTLE_MS);
    expect(servers.log).toEqual([]);
    servers.isDown = true;
    model.show(aState([anApp()]));
    expect(servers.log).toEqual(['a.py fails', 'n.ipynb fails', 'n.md fails']);
    model.show(aState([anApp()], AWAY));
    servers.isDown = false;
    model.show(aState([anApp()]));
    expect(servers.log.slice(3)).toEqual(ALL_OPEN);
  });

  test('connects them once where the server was away for a moment', async () => {
    servers.end();
    servers.isDown = true;
    model.show(aState([anApp()], AWAY));
    model.show(aState([anApp()]));
    await jest.advanceTimersByTimeAsync(SETTLE_MS);
    expect(servers.log).toEqual(['a.py fails', 'n.ipynb fails', 'n.md fails']);
  });

  test('leaves a connection alone that was ended on purpose, or lives', async () => {
    servers.connections.get('a.py')?.end(true);
    await jest.advanceTimersByTimeAsync(SETTLE_MS);
    model.show(aState([anApp()], AWAY));
    model.show(aState([anApp()]));
    expect(servers.log).toEqual([]);
  });
});
