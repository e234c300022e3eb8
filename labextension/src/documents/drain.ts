import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';

import { delay } from '../model/timing';
import type { IAppsModel } from '../tokens';
import type { ISaved } from './saveAll';

const ATTEMPTS = 4;
const PAUSE_MS = 250;

/**
 * Saves this tab's documents when its Jupyter server is about to restart, and tells the service that it did.
 *
 * It goes by the state, not by the event, so that a tab that comes late still does its part. Servers that other
 * tabs belong to are answered too, with nothing saved: their restart need not wait for this tab.
 */
export class Drain implements IDisposable {
  constructor(
    private readonly model: IAppsModel,
    private readonly save: () => Promise<ISaved>
  ) {
    model.changed.connect(this.onChanged, this);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    Signal.clearData(this);
  }

  private onChanged(): void {
    const ours = new Set(this.model.ours.map(app => app.name));
    for (const app of this.model.state.snapshot?.apps ?? []) {
      if (app.life !== 'in_place' || app.restart?.step !== 'draining') {
        continue;
      }
      const { id } = app.restart;
      if (!this.answered.has(id)) {
        this.answered.add(id);
        void this.answer(app.name, id, ours.has(app.name));
      }
    }
  }

  private async answer(app: string, restartId: string, isOurs: boolean): Promise<void> {
    const { saved, unsaved } = isOurs ? await this.save() : { saved: [], unsaved: [] };
    const answer = { restart_id: restartId, client: this.model.tab, saved, unsaved };
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      try {
        await this.model.drained(app, answer);
        return;
      } catch (error) {
        // The service goes on by its own limit at last: only time is lost.
        console.warn(`Saved documents were not reported (attempt ${attempt}):`, error);
        await delay(PAUSE_MS * attempt);
      }
    }
  }

  private readonly answered = new Set<string>();
  private _isDisposed = false;
}
