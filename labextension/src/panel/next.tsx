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

/** What comes next for an app: a countdown that runs by the browser's own clock from what the service said. */
export function Next({ app, takenAt, actions, trans }: IProps): JSX.Element {
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
  const next = nextOf(app, trans);
  if (typeof next === 'string') {
    return (
      <div className="jp-Restart-next">
        <span className="jp-Restart-noNext">{next}</span>
        {plan}
      </div>
    );
  }
  return (
    <div className="jp-Restart-next">
      <span className="jp-Restart-label">{next.label}</span>
      {plan}
      <div className="jp-Restart-when">
        <Timer remainingS={next.inS} takenAt={takenAt} label={next.timer} />
        {next.at !== null && (
          <time className="jp-Restart-at" dateTime={next.at}>
            {trans.__('at %1', moment(next.at))}
          </time>
        )}
      </div>
    </div>
  );
}

interface INext {
  readonly label: string;
  /** What the countdown is called. */
  readonly timer: string;
  readonly inS: number;
  readonly at: string | null;
}

/** What is counted down to, or in words why nothing is: a restart concerns only what is up. */
function nextOf(app: App, trans: TranslationBundle): INext | string {
  const { state, starts_in_s, remaining_s, next_restart } = app;
  // A service older than this panel does not say.
  if (typeof starts_in_s === 'number') {
    return {
      label: trans.__('Started again in'),
      timer: trans.__('Time to the next start'),
      inS: starts_in_s,
      at: null
    };
  }
  switch (state) {
    case 'stopped':
    case 'failed':
      return trans.__('It is down until it is started');
    case 'stopping':
    case 'verifying':
      return trans.__('It is being stopped');
    case 'waiting':
      return trans.__('It is started as soon as it can be');
    default:
      break;
  }
  if (remaining_s === null) {
    return app.enabled
      ? trans.__('No restart is scheduled')
      : trans.__('Automatic restarts are off');
  }
  return {
    label: trans.__('Next restart in'),
    timer: trans.__('Time to the next restart'),
    inS: remaining_s,
    at: next_restart
  };
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
