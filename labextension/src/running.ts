import type { IRunningSessions } from '@jupyterlab/running';
import type { TranslationBundle } from '@jupyterlab/translation';
import { refreshIcon } from '@jupyterlab/ui-components';
import { type ISignal, Signal } from '@lumino/signaling';

import type { App } from './api/types';
import { restartIcon } from './icons';
import type { IAppsModel } from './tokens';
import { stateWord } from './words';

/** The apps as a section of the panel "Running": a click opens our panel, the button restarts. */
export class RunningApps implements IRunningSessions.IManager {
  constructor(
    private readonly model: IAppsModel,
    private readonly steer: { open: () => void; restart: (app: string) => void },
    private readonly trans: TranslationBundle
  ) {
    this.name = trans.__('Supervised apps');
    this.shutdownLabel = trans.__('Restart');
    this.shutdownAllLabel = trans.__('Restart All');
    this.shutdownAllConfirmationText = trans.__('Restart all supervised apps now?');
    model.changed.connect(this.onChanged, this);
  }

  readonly name: string;
  readonly shutdownLabel: string;
  readonly shutdownAllLabel: string;
  readonly shutdownAllConfirmationText: string;
  readonly shutdownItemIcon = refreshIcon;

  get runningChanged(): ISignal<this, void> {
    return this._runningChanged;
  }

  running(): IRunningSessions.IRunningItem[] {
    return this.apps.map(app => ({
      icon: () => restartIcon,
      label: () => app.title,
      labelTitle: () => this.trans.__('%1: %2', app.title, stateWord(app.state, this.trans)),
      detail: () => stateWord(app.state, this.trans),
      open: () => this.steer.open(),
      shutdown: () => this.steer.restart(app.name)
    }));
  }

  shutdownAll(): void {
    for (const app of this.apps) {
      this.steer.restart(app.name);
    }
  }

  refreshRunning(): void {
    this.model.retry();
  }

  /** The section is drawn anew only when what it shows has changed, not at every sample of the memory. */
  private onChanged(): void {
    const shown = this.apps
      .map(app => `${app.name} ${app.title} ${stateWord(app.state, this.trans)}`)
      .join('\n');
    if (shown !== this.shown) {
      this.shown = shown;
      this._runningChanged.emit();
    }
  }

  private get apps(): readonly App[] {
    return this.model.state.snapshot?.apps ?? [];
  }

  private shown = '';
  private readonly _runningChanged = new Signal<this, void>(this);
}
