import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSX } from 'react';

import type { RestartEvent } from '../api/types';
import { moment } from '../format';

/** How many events the panel shows. */
const SHOWN = 10;
/** The steps within a restart: while it goes on its progress tells them, afterwards its outcome does. */
const STEP = /^restart\.(preparing|draining|stopping|verifying|starting|restoring)$/;

interface IProps {
  events: readonly RestartEvent[];
  trans: TranslationBundle;
}

/** What happened last, newest first. */
export function EventList({ events, trans }: IProps): JSX.Element {
  const latest = events
    .filter(event => !STEP.test(event.type))
    .slice(-SHOWN)
    .reverse();
  return (
    <section className="jp-Restart-section">
      <h3>{trans.__('Recent events')}</h3>
      {latest.length === 0 ? (
        <p className="jp-Restart-quiet">{trans.__('Nothing has happened yet.')}</p>
      ) : (
        // Not read out as they come: what matters is told by notifications.
        <div role="log" aria-live="off" aria-label={trans.__('Recent events')}>
          {latest.map(event => (
            <p key={event.seq} className={`jp-Restart-event jp-mod-${toneOf(event.type)}`}>
              <time dateTime={event.time} title={new Date(event.time).toLocaleString()}>
                {moment(event.time)}
              </time>
              <span>{event.message}</span>
            </p>
          ))}
        </div>
      )}
    </section>
  );
}

const BAD = /failed|crash|lost|rejected|survivors/;
const DOUBTFUL = /hung|limit|called_off|gpu_held|blocked|prompts_kept|nodes_gone/;

function toneOf(type: string): string {
  if (BAD.test(type)) {
    return 'bad';
  }
  if (DOUBTFUL.test(type)) {
    return 'doubtful';
  }
  return type === 'restart.completed' ? 'good' : 'plain';
}
