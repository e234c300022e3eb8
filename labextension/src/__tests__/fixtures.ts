import type { IAppsModel } from '../tokens';
import type { App, HandledPrompts, KeptPrompt, RestartEvent, Snapshot } from '../api/types';
import { INITIAL_STATE, type IState } from '../model/state';
import { Signal } from '@lumino/signaling';
import contract from '../../../java-kernel/src/main/resources/openapi.json';

const { schemas } = contract.components;

/** An app as in the contract's example, with some of it changed. */
export function anApp(changes: Partial<App> = {}): App {
  return { ...(schemas.App.example as App), ...changes };
}

/** An event as in the contract's example, with some of it changed. */
export function anEvent(changes: Partial<RestartEvent> = {}): RestartEvent {
  return { ...(schemas.Event.example as RestartEvent), ...changes };
}

/** A snapshot as in the contract's example, with some of it changed. */
export function aSnapshot(changes: Partial<Snapshot> = {}): Snapshot {
  return { ...(schemas.Snapshot.example as Snapshot), ...changes };
}

/** A state that has just come, with these apps. */
export function aState(apps: App[], changes: Partial<IState> = {}): IState {
  const snapshot = aSnapshot({ apps });
  return { ...INITIAL_STATE, snapshot, connection: { kind: 'connected' }, ...changes };
}

/** A restart of the example app in a step. */
export function restarting(
  step: NonNullable<App['restart']>['step'],
  changes: Partial<App> = {}
): App {
  return anApp({
    state: step,
    restart: {
      id: 'r-1',
      reason: 'manual',
      step,
      since: '2026-11-24T06:00:00Z',
      deadline: null
    },
    ...changes
  });
}

/** Every call of a model's commands, as one line each. */
export class FakeModel implements IAppsModel {
  state: IState = INITIAL_STATE;
  ours: readonly App[] = [];
  readonly tab = 'tab-7';
  readonly changed = new Signal<this, IState>(this);
  readonly eventsArrived = new Signal<this, readonly RestartEvent[]>(this);
  readonly calls: string[] = [];
  /** How many of the next commands fail. */
  failures = 0;

  get usual(): App | null {
    return this.ours[0] ?? null;
  }

  /** Make this the state, all apps being this page's. */
  show(state: IState): void {
    this.state = state;
    this.ours = state.snapshot?.apps ?? [];
    this.changed.emit(state);
  }

  app(name: string): App | null {
    return this.state.snapshot?.apps.find(app => app.name === name) ?? null;
  }

  restart(app: string): Promise<void> {
    return this.note(`restart ${app}`);
  }

  postpone(app: string, duration: string): Promise<void> {
    return this.note(`postpone ${app} ${duration}`);
  }

  postponeKernel(app: string, kernel: string, duration: string): Promise<void> {
    return this.note(`postpone ${kernel} of ${app} ${duration}`);
  }

  setEnabled(app: string, isEnabled: boolean): Promise<void> {
    return this.note(`${isEnabled ? 'enable' : 'disable'} ${app}`);
  }

  /** What is kept, of whichever app. */
  kept: KeptPrompt[] = [];

  /** What is sent again when its app runs. */
  due: KeptPrompt[] = [];

  keptPrompts(): Promise<readonly KeptPrompt[]> {
    return Promise.resolve(this.kept);
  }

  async sendAgain(app: string, ids: readonly string[]): Promise<HandledPrompts> {
    await this.note(`send ${app} ${ids.join(' ')}`);
    const done = ids.slice(1 + this.due.length);
    return { done, due: this.due, left: this.kept.slice(0, 1) };
  }

  async discard(app: string, ids: readonly string[]): Promise<HandledPrompts> {
    await this.note(`discard ${app} ${ids.join(' ')}`);
    return { done: [...ids], due: [], left: [] };
  }

  plan(): Promise<never> {
    return Promise.reject(new Error('not asked for here'));
  }

  drained(app: string, answer: object): Promise<void> {
    return this.note(`drained ${app} ${JSON.stringify(answer)}`);
  }

  retry(): void {
    this.calls.push('retry');
  }

  private note(call: string): Promise<void> {
    this.calls.push(call);
    if (this.failures > 0) {
      this.failures -= 1;
      return Promise.reject(new Error('away'));
    }
    return Promise.resolve();
  }
}
