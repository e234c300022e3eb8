import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSX, ReactNode } from 'react';

import type { App } from '../api/types';
import { bytes, duration, moment } from '../format';
import { reasonWord } from '../words';
import { useElapsed } from './useElapsed';

interface IProps {
  app: App;
  takenAt: number;
  trans: TranslationBundle;
}

/** What else is known of an app; what is not known is left out. */
export function Facts({ app, takenAt, trans }: IProps): JSX.Element {
  const { uptime_s, memory_bytes, gpu_memory_bytes, last_restart, last_reason } = app;
  return (
    <dl className="jp-Restart-facts">
      {uptime_s !== null && (
        <Fact name={trans.__('Up')}>
          <Uptime uptimeS={uptime_s} takenAt={takenAt} trans={trans} />
        </Fact>
      )}
      {memory_bytes !== null && <Fact name={trans.__('Memory')}>{bytes(memory_bytes)}</Fact>}
      {gpu_memory_bytes !== null && (
        <Fact name={trans.__('GPU memory')}>{bytes(gpu_memory_bytes)}</Fact>
      )}
      <Fact name={trans.__('Last restart')}>
        {last_restart === null ? (
          trans.__('none yet')
        ) : (
          <>
            <time dateTime={last_restart}>{moment(last_restart)}</time>
            {last_reason !== null && `, ${reasonWord(last_reason, trans)}`}
          </>
        )}
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

interface IUptimeProps {
  uptimeS: number;
  takenAt: number;
  trans: TranslationBundle;
}

function Uptime({ uptimeS, takenAt, trans }: IUptimeProps): JSX.Element {
  const elapsed = useElapsed(takenAt);
  return <>{duration(uptimeS + elapsed, trans)}</>;
}
