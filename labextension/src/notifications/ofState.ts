import type { TranslationBundle } from '@jupyterlab/translation';

import type { App, Snapshot } from '../api/types';
import { duration } from '../format';
import { stepWord } from '../words';
import { type INotice, restartKey, soonKey } from './notice';

/** What a user must be told of the state: restarts under way, and those that come within `warnS` seconds. */
export function noticesOf(
  snapshot: Snapshot,
  warnS: number,
  trans: TranslationBundle
): readonly INotice[] {
  return snapshot.apps.flatMap(app => noticeOfApp(app, warnS, trans) ?? []);
}

function noticeOfApp(app: App, warnS: number, trans: TranslationBundle): INotice | null {
  const { restart, remaining_s } = app;
  if (restart !== null) {
    // A restart that still gets ready can be put off; one that was asked for needs no asking back.
    const isAnnounced = restart.step === 'preparing' && restart.reason !== 'manual';
    return {
      key: restartKey(restart.id),
      kind: 'in-progress',
      message: trans.__('%1 is restarting: %2', app.title, stepWord(restart.step, trans)),
      autoClose: false,
      offers: isAnnounced ? ['postpone', 'restart-now'] : [],
      app: app.name
    };
  }
  if (app.state === 'running' && remaining_s !== null && remaining_s > 0 && remaining_s <= warnS) {
    return {
      key: soonKey(app.name),
      kind: 'info',
      message: trans.__('%1 restarts in %2', app.title, duration(remaining_s, trans)),
      autoClose: false,
      offers: ['postpone', 'restart-now'],
      app: app.name
    };
  }
  return null;
}
