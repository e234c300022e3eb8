import { Token } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';

import type { App, Drained, HandledPrompts, KeptPrompt, Plan, RestartEvent } from './api/types';
import type { IState } from './model/state';

/** What all parts of the extension share: the service's state as this page knows it, and its commands. */
export interface IAppsModel {
  /** All that is known now. */
  readonly state: IState;
  /** Emitted after each change of `state`. */
  readonly changed: ISignal<IAppsModel, IState>;
  /** Emitted with the events that came since the page was opened, just before the `changed` they belong to. */
  readonly eventsArrived: ISignal<IAppsModel, readonly RestartEvent[]>;
  /** The name by which the service knows this browser tab. */
  readonly tab: string;
  /** The apps that may be the Jupyter server this page comes from. */
  readonly ours: readonly App[];

  /** The app a view or command means when none is named: this page's server, else the first. */
  readonly usual: App | null;
  /** The app of a name, or null. */
  app(name: string): App | null;

  /** Restart an app at once. This and all below reject with a `ControlError`. */
  restart(app: string): Promise<void>;
  /** Put off an app's next scheduled restart by a duration such as `30m`. */
  postpone(app: string, duration: string): Promise<void>;
  /** Leave a kernel of an app that has reached its memory limit alone for a duration. */
  postponeKernel(app: string, kernel: string, duration: string): Promise<void>;
  /** Switch an app's automatic restarts on or off. */
  setEnabled(app: string, isEnabled: boolean): Promise<void>;
  /** What comes for an app, and what a restart of it would do now. */
  plan(app: string): Promise<Plan>;
  /** The prompts of an app that are kept outside of its queue, until their user says what becomes of them. */
  keptPrompts(app: string): Promise<readonly KeptPrompt[]>;
  /** Put kept prompts with these ids back into an app's queue. */
  sendAgain(app: string, ids: readonly string[]): Promise<HandledPrompts>;
  /** Forget kept prompts with these ids. */
  discard(app: string, ids: readonly string[]): Promise<HandledPrompts>;
  /** Tell that this tab's documents are saved. */
  drained(app: string, answer: Drained): Promise<void>;
  /** Ask the service again now, where it was away. */
  retry(): void;
}

/** The token of the one `IAppsModel`. */
export const IAppsModel = new Token<IAppsModel>(
  'jupyter-restart:IAppsModel',
  'The supervised apps, their restarts, and the commands that steer them.'
);

/** The commands of the extension, by what they do. */
export const CommandIDs = {
  open: 'jupyter-restart:open',
  restartNow: 'jupyter-restart:restart-now',
  postpone: 'jupyter-restart:postpone',
  toggle: 'jupyter-restart:toggle',
  plan: 'jupyter-restart:plan',
  sendAgain: 'jupyter-restart:send-again',
  discard: 'jupyter-restart:discard'
} as const;

/** The id of the plugin that holds the settings. */
export const SETTINGS_ID = 'jupyter-restart:plugin';
/** The domain of the translations. */
export const DOMAIN = 'jupyter_restart';
