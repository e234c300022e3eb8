import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSX } from 'react';

import type { App } from '../api/types';
import { countdown, moment } from '../format';
import type { IPanelActions } from './actions';
import { useElapsed } from './useElapsed';

interface IProps {
  app: App;
  takenAt: number;
  actions: IPanelActions;
  trans: TranslationBundle;
}

/** When an app is restarted next: a countdown that runs by the browser's own clock from what the service said. */
export function NextRestart({ app, takenAt, actions, trans }: IProps): JSX.Element {
  const { remaining_s, next_restart } = app;
  const plan = (
    <button
      type="button"
      className="jp-Restart-planLink"
      title={trans.__('Show what a restart of %1 would do', app.title)}
      onClick={() => actions.showPlan(app.name)}
    >
      {trans.__('Plan')}
    </button>
  );
  if (remaining_s === null) {
    return (
      <div className="jp-Restart-next">
        <span className="jp-Restart-noNext">
          {app.enabled
            ? trans.__('No restart is scheduled')
            : trans.__('Automatic restarts are off')}
        </span>
        {plan}
      </div>
    );
  }
  return (
    <div className="jp-Restart-next">
      <span className="jp-Restart-label">{trans.__('Next restart in')}</span>
      {plan}
      <div className="jp-Restart-when">
        <Timer
          remainingS={remaining_s}
          takenAt={takenAt}
          label={trans.__('Time to the next restart')}
        />
        {next_restart !== null && (
          <time className="jp-Restart-at" dateTime={next_restart}>
            {trans.__('at %1', moment(next_restart))}
          </time>
        )}
      </div>
    </div>
  );
}

interface ITimerProps {
  remainingS: number;
  takenAt: number;
  label: string;
}

function Timer({ remainingS, takenAt, label }: ITimerProps): JSX.Element {
  const elapsed = useElapsed(takenAt);
  return (
    <span className="jp-Restart-timer" role="timer" aria-live="off" aria-label={label}>
      {countdown(remainingS - elapsed)}
    </span>
  );
}
