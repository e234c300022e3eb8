import { ControlError } from '../api/errors';
import { Silence, SILENCE_LIMIT_MS } from '../documents/silence';
import type { IState } from '../model/state';
import { anApp, aState, FakeModel, restarting } from './fixtures';

const away: Partial<IState> = {
  connection: { kind: 'away', error: new ControlError('unreachable', 'no answer') }
};

let model: FakeModel;
let info: { isConnected: boolean };
let returns: number;

beforeEach(() => {
  jest.useFakeTimers();
  model = new FakeModel();
  info = { isConnected: true };
  returns = 0;
  new Silence(model, info, () => (returns += 1));
});
afterEach(() => jest.useRealTimers());

describe('Silence', () => {
  test('lasts from the saving of documents until the server is back', () => {
    const seen = [
      aState([restarting('preparing')]),
      aState([restarting('draining')]),
      aState([restarting('starting')]),
      aState([restarting('starting')], away),
      aState([restarting('restoring')]),
      aState([anApp()])
    ].map(state => {
      model.show(state);
      return info.isConnected;
    });
    expect(seen).toEqual([true, false, false, false, false, true]);
    expect(returns).toBe(1);
  });

  test('is given up where the server stays away', async () => {
    model.show(aState([restarting('starting')], away));
    await jest.advanceTimersByTimeAsync(SILENCE_LIMIT_MS - 1);
    expect(info.isConnected).toBe(false);
    await jest.advanceTimersByTimeAsync(1);
    expect(info.isConnected).toBe(true);
    model.show(aState([restarting('starting')], away));
    expect(info.isConnected).toBe(true);
    model.show(aState([anApp()]));
    expect(returns).toBe(1);
  });

  test('is not begun by a service that is away by itself', () => {
    model.show(aState([anApp()], away));
    model.show(aState([anApp()]));
    expect(info.isConnected).toBe(true);
    expect(returns).toBe(0);
  });
});
