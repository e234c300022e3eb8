import { Signal } from '@lumino/signaling';

import { ControlError } from '../api/errors';
import { Patience, PATIENCE_MS } from '../documents/patience';
import type { IState } from '../model/state';
import { anApp, aState, FakeModel, restarting } from './fixtures';

/** Managers of JupyterLab's services, linked as its own. */
class Services {
  readonly connectionFailure = new Signal<this, Error>(this);
  readonly kernelspecs = aManager();
  readonly sessions = aManager();
  readonly terminals = aManager();

  constructor() {
    for (const manager of [this.kernelspecs, this.sessions, this.terminals]) {
      manager.connectionFailure.connect(this.onFailure, this);
    }
  }

  private onFailure(_: unknown, error: Error): void {
    this.connectionFailure.emit(error);
  }
}

function aManager(): { connectionFailure: Signal<object, Error> } {
  const manager = {} as { connectionFailure: Signal<object, Error> };
  manager.connectionFailure = new Signal<object, Error>(manager);
  return manager;
}

function away(code: string): Partial<IState> {
  return { connection: { kind: 'away', error: new ControlError(code, 'no answer') } };
}

let model: FakeModel;
let services: Services;
let complaints: string[];
let returns: number;

beforeEach(() => {
  jest.useFakeTimers();
  model = new FakeModel();
  services = new Services();
  complaints = [];
  returns = 0;
  services.connectionFailure.connect((_, error) => complaints.push(error.message));
  new Patience(model, services, () => (returns += 1));
});
afterEach(() => jest.useRealTimers());

function fail(): void {
  services.sessions.connectionFailure.emit(new Error('sessions'));
  services.terminals.connectionFailure.emit(new Error('terminals'));
}

describe('Patience', () => {
  test('has nobody complain of a server that comes back', async () => {
    fail();
    model.show(aState([anApp()], away('unreachable')));
    await jest.advanceTimersByTimeAsync(PATIENCE_MS - 1);
    model.show(aState([anApp()]));
    await jest.advanceTimersByTimeAsync(PATIENCE_MS);
    expect(complaints).toEqual([]);
    expect(returns).toBe(1);
  });

  test('ends where the server stays away, and begins anew with the next failure', async () => {
    model.show(aState([anApp()], away('unreachable')));
    fail();
    await jest.advanceTimersByTimeAsync(PATIENCE_MS - 1);
    expect(complaints).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(complaints).toEqual(['sessions']);
    fail();
    await jest.advanceTimersByTimeAsync(PATIENCE_MS);
    expect(complaints).toEqual(['sessions', 'sessions']);
  });

  test('leaves a service that is away by itself, and a restart that was told, to others', async () => {
    model.show(aState([anApp()], away('service_not_running')));
    fail();
    await jest.advanceTimersByTimeAsync(PATIENCE_MS);
    model.show(aState([anApp()]));
    model.show(aState([restarting('starting')], away('unreachable')));
    model.show(aState([anApp()]));
    expect(complaints).toEqual([]);
    expect(returns).toBe(0);
  });
});
