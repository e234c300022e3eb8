import type { JSX } from 'react';

import type { AppState } from '../api/types';

const SHAPES = {
  well: 'M5 8.2l2.1 2.1L11 6.2',
  off: 'M5 8h6',
  busy: 'M8 4.6V8l2.3 1.5',
  bad: 'M8 4.6v4.2M8 11.2v.2'
};

/** A state of a service newer than this panel has no look. */
const LOOKS: Partial<Record<AppState, keyof typeof SHAPES>> = {
  running: 'well',
  stopped: 'off',
  failed: 'bad',
  waiting: 'busy',
  starting: 'busy',
  preparing: 'busy',
  draining: 'busy',
  stopping: 'busy',
  verifying: 'busy',
  restoring: 'busy'
};

/** A sign of an app's state, in the colour of what it means; the word stands beside it. */
export function StateIcon({ state }: { state: AppState }): JSX.Element {
  const look = LOOKS[state] ?? 'busy';
  return (
    <svg className={`jp-Restart-sign jp-mod-${look}`} viewBox="0 0 16 16" aria-hidden="true">
      <circle cx="8" cy="8" r="6.5" />
      <path d={SHAPES[look]} />
    </svg>
  );
}
