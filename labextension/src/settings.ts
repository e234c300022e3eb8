import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import { Token } from '@lumino/coreutils';
import { type ISignal, Signal } from '@lumino/signaling';

/** The user's settings, each with a value at any time. */
export interface ISettings {
  /** By how much a click on `Postpone` puts the next restart off, such as `30m`. */
  readonly postponeBy: string;
  /** Whether the status bar shows the countdown. */
  readonly showStatusItem: boolean;
  /** How many seconds before a scheduled restart a notification comes; 0 for none. */
  readonly warnBeforeS: number;
  /** Emitted after a change. */
  readonly changed: ISignal<ISettings, void>;
}

/** The token of the one `ISettings`. */
export const ISettings = new Token<ISettings>(
  'jupyter-restart:ISettings',
  'The settings of the Restart panel.'
);

/** The settings of the registry; their defaults where there is no registry, or until it has answered. */
export class Settings implements ISettings {
  get postponeBy(): string {
    return this.value('postponeBy', '30m');
  }

  get showStatusItem(): boolean {
    return this.value('showStatusItem', true);
  }

  get warnBeforeS(): number {
    return this.value('warnBefore', 60);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Take the values from what the registry has loaded, now and whenever they change. */
  use(loaded: ISettingRegistry.ISettings): void {
    this.loaded = loaded;
    loaded.changed.connect(this.onChanged, this);
    this.onChanged();
  }

  private onChanged(): void {
    this._changed.emit();
  }

  private value<T>(key: string, fallback: T): T {
    return (this.loaded?.composite[key] as T | undefined) ?? fallback;
  }

  private loaded: ISettingRegistry.ISettings | null = null;
  private readonly _changed = new Signal<this, void>(this);
}
