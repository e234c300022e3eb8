import type { TranslationBundle } from '@jupyterlab/translation';

import type { App, RestartEvent } from '../api/types';
import { duration } from '../format';
import type { IState } from '../model/state';
import { stepWord } from '../words';
import { type INotice, restartKey, soonKey } from './notice';

/**
 * What a user must be told of the state: restarts under way, and those that come soon.
 *
 * Soon is within `warnS` seconds, or within the notice of the app's own configuration where that is longer.
 */
export function noticesOf(
  state: Pick<IState, 'snapshot' | 'events'>,
  warnS: number,
  trans: TranslationBundle
): readonly INotice[] {
  return (state.snapshot?.apps ?? []).flatMap(app => {
    const notice = app.restart
      ? underWay(app, app.restart, trans)
      : soon(app, Math.max(warnS, configuredNotice(app.name, state.events)), trans);
    return notice ?? [];
  });
}

function underWay(
  app: App,
  restart: NonNullable<App['restart']>,
  trans: TranslationBundle
): INotice {
  return {
    key: restartKey(restart.id),
    kind: 'in-progress',
    message: trans.__('%1 is restarting: %2', app.title, stepWord(restart.step, trans)),
    autoClose: false,
    offers: [],
    app: app.name
  };
}

function soon(app: App, warnS: number, trans: TranslationBundle): INotice | null {
  const { remaining_s, state } = app;
  if (state !== 'running' || remaining_s === null || remaining_s <= 0 || remaining_s > warnS) {
    return null;
  }
  return {
    key: soonKey(app.name),
    kind: 'info',
    message: trans.__('%1 restarts in %2', app.title, duration(remaining_s, trans)),
    autoClose: false,
    offers: ['postpone', 'restart-now'],
    app: app.name
  };
}

/** The notice, in seconds, that came with the app's last announcement; 0 where none is known. */
function configuredNotice(name: string, events: readonly RestartEvent[]): number {
  const announced = events.filter(
    event => event.app === name && typeof event.data.notice_s === 'number'
  );
  return (announced[announced.length - 1]?.data.notice_s as number | undefined) ?? 0;
}
