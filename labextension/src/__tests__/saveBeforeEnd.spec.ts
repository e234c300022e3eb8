import { saveBeforeEnd } from '../documents/saveBeforeEnd';
import { anEvent, FakeModel } from './fixtures';

describe('saveBeforeEnd', () => {
  test('saves when the machine is about to end, and at nothing else', () => {
    const model = new FakeModel();
    let saves = 0;
    saveBeforeEnd(model, () => {
      saves += 1;
      return Promise.resolve({ saved: [], unsaved: [] });
    });
    model.eventsArrived.emit([anEvent({ type: 'restart.completed' })]);
    expect(saves).toBe(0);
    model.eventsArrived.emit([anEvent({ type: 'app.ready' }), anEvent({ type: 'machine.ending' })]);
    expect(saves).toBe(1);
  });
});
