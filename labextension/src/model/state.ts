import type { ControlError } from '../api/errors';
import type { RestartEvent, Snapshot } from '../api/types';

/** Whether the service answers: not known yet, it does, or it does not and why. */
export type Connection =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'connected' }
  | { readonly kind: 'away'; readonly error: ControlError };

/** All that the views show. Never changed, only replaced. */
export interface IState {
  /** What the service said last; null before it first did. */
  readonly snapshot: Snapshot | null;
  /** When that came, in ms of `performance.now()`: countdowns run from here, whatever the wall clock does. */
  readonly takenAt: number;
  /** The latest events, oldest first. */
  readonly events: readonly RestartEvent[];
  readonly connection: Connection;
}

/** What a view knows before the first answer. */
export const INITIAL_STATE: IState = {
  snapshot: null,
  takenAt: 0,
  events: [],
  connection: { kind: 'connecting' }
};

/** Whether this page's server does not answer. Where the service alone is away, the server answers for it. */
export function isServerAway({ connection }: IState): boolean {
  return connection.kind === 'away' && connection.error.code === 'unreachable';
}
