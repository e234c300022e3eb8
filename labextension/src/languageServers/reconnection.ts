import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import { isServerAway } from '../model/state';
import { delay } from '../model/timing';
import type { IAppsModel } from '../tokens';

/** After so many ms a page knows whether the server is away whose connections have ended, or just another one. */
export const SETTLE_MS = 1_000;

/** A connection to a language server, which says whether it was ended on purpose. */
export interface IEnding {
  readonly closeSignal: ISignal<unknown, boolean>;
}

/** Text that a language server sees, and what is in it in other languages. */
export interface IDocument {
  readonly foreignDocuments: ReadonlyMap<string, IDocument>;
}

/** What connects a tab's document. */
export interface IAdapter<D extends IDocument> {
  readonly virtualDocument: D | null;
  connectDocument(document: D, sendOpen: boolean): Promise<void>;
}

/** Of JupyterLab's manager of connections to language servers what is needed here. */
export interface IConnections<D extends IDocument> {
  readonly connected: ISignal<unknown, { readonly connection: IEnding }>;
  readonly connections: ReadonlyMap<string, unknown>;
  readonly adapters: ReadonlyMap<string, IAdapter<D>>;
  unregisterDocument(uri: string, emit: boolean): void;
}

/**
 * Connects documents to language servers again, which end with their Jupyter server.
 *
 * JupyterLab does not (4.7): completion, diagnostics and the like are gone until the page is reloaded.
 */
export class Reconnection<D extends IDocument> implements IDisposable {
  constructor(
    private readonly model: IAppsModel,
    private readonly servers: IConnections<D>
  ) {
    servers.connected.connect(this.onConnected, this);
    model.changed.connect(this.onChanged, this);
  }

  get isDisposed(): boolean {
    return this.end.signal.aborted;
  }

  dispose(): void {
    this.end.abort();
    Signal.clearData(this);
  }

  private onConnected(_: unknown, { connection }: { readonly connection: IEnding }): void {
    this.state = 'connected';
    connection.closeSignal.connect(this.onClosed, this);
  }

  private onClosed(_: unknown, isOnPurpose: boolean): void {
    if (isOnPurpose || this.state !== 'connected') {
      return;
    }
    this.state = 'lost';
    void delay(SETTLE_MS, this.end.signal).then(() => {
      if (this.state === 'lost' && !isServerAway(this.model.state)) {
        this.reconnect();
      }
    });
  }

  private onChanged(): void {
    if (isServerAway(this.model.state)) {
      this.isAway = true;
    } else if (this.isAway && this.model.state.connection.kind === 'connected') {
      this.isAway = false;
      if (this.state !== 'connected') {
        this.reconnect();
      }
    }
  }

  private reconnect(): void {
    if (this.isDisposed) {
      return;
    }
    this.state = 'tried'; // and not again, which would end what has just begun, until the server was away once more
    // All of them first: documents share a connection, which is gone with the last one that leaves it.
    for (const uri of [...this.servers.connections.keys()]) {
      this.servers.unregisterDocument(uri, false);
    }
    for (const adapter of this.servers.adapters.values()) {
      withForeign(adapter.virtualDocument).forEach(
        document => void adapter.connectDocument(document, true)
      );
    }
  }

  private state: 'connected' | 'lost' | 'tried' = 'connected';
  private isAway = false;
  private readonly end = new AbortController();
}

function withForeign<D extends IDocument>(document: D | null): D[] {
  return document
    ? [document, ...[...document.foreignDocuments.values()].flatMap(each => withForeign(each as D))]
    : [];
}
