import type { ControlError } from '../api/errors';
import type { Events, RestartEvent, Snapshot } from '../api/types';
import type { IState } from './state';

/** How many events the views keep. */
export const KEPT_EVENTS = 50;

/** What comes from the service: a first look, an answer to a poll, or none. `at` is ms of `performance.now()`. */
export type Arrival =
  | { readonly kind: 'snapshot'; readonly snapshot: Snapshot; readonly at: number }
  | { readonly kind: 'events'; readonly answer: Events; readonly at: number }
  | { readonly kind: 'error'; readonly error: ControlError };

/** The state after an arrival. The service's own state is never worked out here: each answer carries it whole. */
export function reduce(state: IState, arrival: Arrival): IState {
  switch (arrival.kind) {
    case 'snapshot':
      return {
        snapshot: arrival.snapshot,
        takenAt: arrival.at,
        events: arrival.snapshot.events.slice(-KEPT_EVENTS),
        connection: { kind: 'connected' }
      };
    case 'events': {
      const { events, snapshot } = arrival.answer;
      return {
        snapshot: snapshot ?? state.snapshot,
        takenAt: snapshot ? arrival.at : state.takenAt,
        events: appended(state.events, events),
        connection: { kind: 'connected' }
      };
    }
    case 'error':
      return { ...state, connection: { kind: 'away', error: arrival.error } };
  }
}

function appended(
  known: readonly RestartEvent[],
  more: readonly RestartEvent[]
): readonly RestartEvent[] {
  const last = known[known.length - 1]?.seq ?? 0;
  const fresh = more.filter(event => event.seq > last);
  return fresh.length === 0 ? known : [...known, ...fresh].slice(-KEPT_EVENTS);
}
