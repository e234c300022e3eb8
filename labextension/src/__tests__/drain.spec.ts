import { Drain } from '../documents/drain';
import { anApp, aState, FakeModel, restarting } from './fixtures';

const ANSWER = 'drained jupyterlab {"restart_id":"r-1","client":"tab-7",';

let model: FakeModel;
let saves: number;

beforeEach(() => {
  jest.useFakeTimers();
  model = new FakeModel();
  saves = 0;
  new Drain(model, () => {
    saves += 1;
    return Promise.resolve({ saved: ['a.ipynb'], unsaved: [{ path: 'b.txt', why: 'read-only' }] });
  });
});
afterEach(() => jest.useRealTimers());

describe('Drain', () => {
  test('saves once for a restart and says what was saved', async () => {
    model.show(aState([restarting('preparing')]));
    model.show(aState([restarting('draining')]));
    model.show(aState([restarting('draining')]));
    await jest.advanceTimersByTimeAsync(5_000);
    expect(saves).toBe(1);
    expect(model.calls).toEqual([
      `${ANSWER}"saved":["a.ipynb"],"unsaved":[{"path":"b.txt","why":"read-only"}]}`
    ]);
  });

  test('saves nothing for a server that is not of this page, and answers all the same', async () => {
    model.state = aState([restarting('draining')]);
    model.changed.emit(model.state);
    await jest.advanceTimersByTimeAsync(0);
    expect(saves).toBe(0);
    expect(model.calls).toEqual([`${ANSWER}"saved":[],"unsaved":[]}`]);
  });

  test('leaves apps alone that are stopped and started', async () => {
    model.show(aState([restarting('draining', { life: 'stop_start' }), anApp()]));
    await jest.advanceTimersByTimeAsync(0);
    expect(model.calls).toEqual([]);
  });

  test('tells again when it was not heard', async () => {
    const warn = jest.spyOn(console, 'warn').mockImplementation();
    model.failures = 2;
    model.show(aState([restarting('draining')]));
    await jest.advanceTimersByTimeAsync(5_000);
    expect(saves).toBe(1);
    expect(model.calls).toHaveLength(3);
    expect(warn).toHaveBeenCalledTimes(2);
    warn.mockRestore();
  });
});
