import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import type { ControlClient } from '../api/client';
import type { App, Drained, HandledPrompts, KeptPrompt, Plan, RestartEvent } from '../api/types';
import type { IAppsModel } from '../tokens';
import { oursAmong } from './ours';
import { type Arrival, reduce } from './reduce';
import { INITIAL_STATE, type IState } from './state';
import { EventStream } from './stream';

/** The one `IAppsModel`: follows the service from its making to its disposal. */
export class AppsModel implements IAppsModel, IDisposable {
  constructor(
    private readonly client: ControlClient,
    readonly tab: string,
    private readonly pagePort: number
  ) {
    this.stream = new EventStream(client, tab, (arrival, news) => this.take(arrival, news));
    void this.stream.run(this.end.signal);
  }

  get state(): IState {
    return this._state;
  }

  get changed(): ISignal<this, IState> {
    return this._changed;
  }

  get eventsArrived(): ISignal<this, readonly RestartEvent[]> {
    return this._eventsArrived;
  }

  get ours(): readonly App[] {
    return oursAmong(this._state.snapshot, this.pagePort);
  }

  get usual(): App | null {
    return this.ours[0] ?? this._state.snapshot?.apps[0] ?? null;
  }

  get isDisposed(): boolean {
    return this.end.signal.aborted;
  }

  app(name: string): App | null {
    return this._state.snapshot?.apps.find(app => app.name === name) ?? null;
  }

  async restart(app: string): Promise<void> {
    await this.client.restart(app);
  }

  async postpone(app: string, duration: string): Promise<void> {
    await this.client.postpone(app, duration);
  }

  async postponeKernel(app: string, kernel: string, duration: string): Promise<void> {
    await this.client.postponeKernel(app, kernel, duration);
  }

  async setEnabled(app: string, isEnabled: boolean): Promise<void> {
    await (isEnabled ? this.client.enable(app) : this.client.disable(app));
  }

  plan(app: string): Promise<Plan> {
    return this.client.plan(app);
  }

  async keptPrompts(app: string): Promise<readonly KeptPrompt[]> {
    return (await this.client.keptPrompts(app)).prompts;
  }

  async sendAgain(app: string, ids: readonly string[]): Promise<HandledPrompts> {
    return this.shown(await this.client.sendAgain(app, ids));
  }

  async discard(app: string, ids: readonly string[]): Promise<HandledPrompts> {
    return this.shown(await this.client.discard(app, ids));
  }

  async drained(app: string, answer: Drained): Promise<void> {
    await this.client.drained(app, answer);
  }

  retry(): void {
    this.stream.retry();
  }

  dispose(): void {
    this.end.abort();
    Signal.clearData(this);
  }

  /** No event tells of it, so the panel would go on showing what was. */
  private async shown<T>(outcome: T): Promise<T> {
    const snapshot = await this.client.snapshot();
    this.take({ kind: 'snapshot', snapshot, at: performance.now() }, []);
    return outcome;
  }

  private take(arrival: Arrival, news: readonly RestartEvent[]): void {
    if (this.isDisposed) {
      return;
    }
    this._state = reduce(this._state, arrival);
    if (news.length > 0) {
      this._eventsArrived.emit(news);
    }
    this._changed.emit(this._state);
  }

  private readonly stream: EventStream;
  private readonly end = new AbortController();
  private _state: IState = INITIAL_STATE;
  private readonly _changed = new Signal<this, IState>(this);
  private readonly _eventsArrived = new Signal<this, readonly RestartEvent[]>(this);
}
