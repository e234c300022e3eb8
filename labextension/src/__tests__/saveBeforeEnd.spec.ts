import { saveBeforeEnd } from '../documents/saveBeforeEnd';
import type { RestartEvent } from '../api/types';
import { anApp, anEvent, aState, FakeModel } from './fixtures';

test.each<[string, Partial<RestartEvent>, number]>([
  ['the machine is about to end', { type: 'machine.ending', app: null }, 1],
  ['a kernel is going to be restarted', { type: 'kernel.limit_reached' }, 1],
  ['a kernel was restarted', { type: 'kernel.restarted' }, 1],
  ['a kernel of another server was', { type: 'kernel.restarted', app: 'jupyterlab-8889' }, 0],
  ['a restart is over', { type: 'restart.completed' }, 0]
])('where %s documents are saved as due', (_, event, expected) => {
  const model = new FakeModel();
  model.show(aState([anApp()]));
  let saves = 0;
  saveBeforeEnd(model, () => {
    saves += 1;
    return Promise.resolve({ saved: [], unsaved: [] });
  });
  model.eventsArrived.emit([anEvent({ type: 'app.ready' }), anEvent(event)]);
  expect(saves).toBe(expected);
});
