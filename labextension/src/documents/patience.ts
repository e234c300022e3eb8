import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import { isServerAway } from '../model/state';
import { delay } from '../model/timing';
import type { IAppsModel } from '../tokens';

/** For how long a server that does not answer may come back before JupyterLab complains, in ms. */
export const PATIENCE_MS = 20_000;

type Failing = Readonly<Record<'connectionFailure', ISignal<unknown, Error>>>;
type Services = Failing & Readonly<Record<'kernelspecs' | 'sessions' | 'terminals', Failing>>;

/**
 * Has JupyterLab wait before it complains that its server is away: one that crashed or hung is started again.
 *
 * The complaint is a modal dialog that stays when the server has long been back. `Silence` keeps it from a restart that
 * was told; here nobody knew. Who complains, and how, is left as it is: a Hub has a dialog of its own.
 */
export class Patience implements IDisposable {
  /** `onBack` is called each time the server is back after it was away without a word. */
  constructor(
    private readonly model: IAppsModel,
    private readonly services: Services,
    private readonly onBack: () => void
  ) {
    model.changed.connect(this.onChanged, this);
    if (canEmit(services.connectionFailure)) {
      for (const manager of [services.kernelspecs, services.sessions, services.terminals]) {
        // The link by which it would be told at once.
        Signal.disconnectBetween(manager, services);
        manager.connectionFailure.connect(this.onFailure, this);
      }
    }
  }

  get isDisposed(): boolean {
    return this.end.signal.aborted;
  }

  dispose(): void {
    this.end.abort();
    Signal.clearData(this);
  }

  private onFailure(_: unknown, error: Error): void {
    if (!this.isWaiting) {
      this.isWaiting = true;
      void this.complainIfItStaysAway(error);
    }
  }

  private async complainIfItStaysAway(error: Error): Promise<void> {
    await delay(PATIENCE_MS, this.end.signal);
    this.isWaiting = false;
    if (
      !this.isDisposed &&
      isServerAway(this.model.state) &&
      canEmit(this.services.connectionFailure)
    ) {
      this.services.connectionFailure.emit(error);
    }
  }

  private onChanged(): void {
    if (isServerAway(this.model.state)) {
      this.isMissed ||= this.model.ours.every(app => app.restart === null);
    } else if (this.isMissed && this.model.state.connection.kind === 'connected') {
      this.isMissed = false;
      this.onBack();
    }
  }

  private isWaiting = false;
  private isMissed = false;
  private readonly end = new AbortController();
}

/** JupyterLab's own signals can be emitted, whatever their type says. */
function canEmit(signal: ISignal<unknown, Error>): signal is Signal<unknown, Error> {
  return signal instanceof Signal;
}
