import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';

import type { RestartStep } from '../api/types';
import { delay } from '../model/timing';
import type { IAppsModel } from '../tokens';

/** For how long a step of a restart may keep JupyterLab silent, in ms; then it complains as usual. */
export const SILENCE_LIMIT_MS = 60_000;

const SILENT_STEPS: readonly RestartStep[] = ['draining', 'starting', 'restoring'];

/** JupyterLab's own idea of its server: while it is false, JupyterLab asks the server nothing by itself. */
export interface IConnectionInfo {
  isConnected: boolean;
}

/**
 * Keeps JupyterLab from asking its server while that restarts in place.
 *
 * A question that fails opens the modal dialog "Server Connection Error", which stays when the server has long
 * been back. Where the restart takes too long the dialog is right, and JupyterLab is let loose again.
 */
export class Silence implements IDisposable {
  /** `onBack` is called each time a silence has ended because the server is back. */
  constructor(
    private readonly model: IAppsModel,
    private readonly info: IConnectionInfo,
    private readonly onBack: () => void
  ) {
    model.changed.connect(this.onChanged, this);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this.end();
    Signal.clearData(this);
  }

  private onChanged(): void {
    const { connection } = this.model.state;
    const restart = this.model.ours
      .map(app => app.restart)
      .find(found => found !== null && SILENT_STEPS.includes(found.step));
    if (restart) {
      this.begin(`${restart.id} ${restart.step} ${connection.kind}`);
    } else if (this.phase !== null && connection.kind === 'connected') {
      this.end();
      this.phase = null;
      this.onBack();
    }
  }

  /** Each phase has the whole limit: documents may take their time before the server even goes. */
  private begin(phase: string): void {
    if (phase === this.phase) {
      return;
    }
    this.phase = phase;
    this.limit.abort();
    this.limit = new AbortController();
    this.info.isConnected = false;
    const { signal } = this.limit;
    void delay(SILENCE_LIMIT_MS, signal).then(() => {
      if (!signal.aborted) {
        this.end();
      }
    });
  }

  private end(): void {
    this.limit.abort();
    if (this.phase !== null) {
      this.info.isConnected = true;
    }
  }

  private phase: string | null = null;
  private limit = new AbortController();
  private _isDisposed = false;
}
