import { SAVE_EVERY_MS, saveBeforeEnd } from '../documents/saveBeforeEnd';
import type { RestartEvent } from '../api/types';
import { anApp, anEvent, aState, FakeModel } from './fixtures';

const ENDING = anEvent({ type: 'machine.ending', app: null, data: { left_s: 300 } });
const NONE = { saved: [], unsaved: [] };

let saves: number;

/** A model whose second save fails. */
function watched(): FakeModel {
  const model = new FakeModel();
  model.show(aState([anApp()]));
  saveBeforeEnd(model, () => {
    saves += 1;
    return saves === 2 ? Promise.reject(new Error('away')) : Promise.resolve(NONE);
  });
  return model;
}

beforeEach(() => {
  saves = 0;
  jest.useFakeTimers();
});
afterEach(() => jest.useRealTimers());

test.each<[string, Partial<RestartEvent>, number]>([
  ['the machine is about to end', { type: 'machine.ending', app: null }, 1],
  ['a kernel is going to be restarted', { type: 'kernel.limit_reached' }, 1],
  ['a kernel was restarted', { type: 'kernel.restarted' }, 1],
  ['a kernel of another server was', { type: 'kernel.restarted', app: 'jupyterlab-8889' }, 0],
  ['a restart is over', { type: 'restart.completed' }, 0]
])('where %s documents are saved as due', (_, event, expected) => {
  watched().eventsArrived.emit([anEvent({ type: 'app.ready' }), anEvent(event)]);
  expect(saves).toBe(expected);
});

test('until the machine ends documents are saved again and again, also after a save that failed', async () => {
  watched().eventsArrived.emit([ENDING]);
  await jest.advanceTimersByTimeAsync(3 * SAVE_EVERY_MS);
  expect(saves).toBe(4);
  await jest.advanceTimersByTimeAsync(60 * SAVE_EVERY_MS);
  expect(saves).toBe(30);
});

test('when the machine lives on documents are no longer saved', async () => {
  const model = watched();
  model.eventsArrived.emit([ENDING]);
  model.eventsArrived.emit([anEvent({ type: 'machine.stays', app: null })]);
  await jest.advanceTimersByTimeAsync(10 * SAVE_EVERY_MS);
  expect(saves).toBe(1);
});
