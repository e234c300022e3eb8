import { ControlError } from '../api/errors';
import { KEPT_EVENTS, reduce } from '../model/reduce';
import { INITIAL_STATE } from '../model/state';
import { anApp, anEvent, aSnapshot, aState } from './fixtures';

describe('reduce', () => {
  test('takes a snapshot as all there is', () => {
    const snapshot = aSnapshot();
    expect(reduce(aState([]), { kind: 'snapshot', snapshot, at: 70 })).toEqual({
      snapshot,
      takenAt: 70,
      events: snapshot.events,
      connection: { kind: 'connected' }
    });
  });

  test('appends new events and takes the snapshot that came with them', () => {
    const first = anEvent({ seq: 17 });
    const second = anEvent({ seq: 18, type: 'restart.scheduled' });
    const snapshot = aSnapshot({ seq: 18, apps: [anApp({ restarts: 1 })] });
    const state = aState([anApp()], { events: [first], takenAt: 1 });
    const answer = { seq: 18, oldest: 1, events: [first, second], snapshot };
    expect(reduce(state, { kind: 'events', answer, at: 90 })).toEqual({
      snapshot,
      takenAt: 90,
      events: [first, second],
      connection: { kind: 'connected' }
    });
  });

  test('keeps what it knows, and since when, where an answer has no snapshot', () => {
    const state = aState([anApp()], { takenAt: 5 });
    const answer = { seq: 17, oldest: 1, events: [], snapshot: null };
    expect(reduce(state, { kind: 'events', answer, at: 90 })).toEqual(state);
  });

  test('keeps the latest events only', () => {
    const events = Array.from({ length: KEPT_EVENTS + 3 }, (_, index) =>
      anEvent({ seq: index + 1 })
    );
    const answer = { seq: events.length, oldest: 1, events, snapshot: null };
    const { events: kept } = reduce(INITIAL_STATE, { kind: 'events', answer, at: 0 });
    expect(kept).toEqual(events.slice(3));
  });

  test('keeps what it knows while the service is away', () => {
    const state = aState([anApp()]);
    const error = new ControlError('unreachable', 'no answer');
    expect(reduce(state, { kind: 'error', error })).toEqual({
      ...state,
      connection: { kind: 'away', error }
    });
  });
});
