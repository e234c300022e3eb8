import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSX } from 'react';

import type { IState } from '../model/state';
import type { IPanelActions } from './actions';
import { AppCard } from './appCard';
import { Away } from './away';
import { EventList } from './eventList';
import { Machine } from './machine';

const CONFIG_FILE = 'restart.toml';

interface IProps {
  state: IState;
  /** Whether this page's own server is being restarted. */
  isRestarting: boolean;
  actions: IPanelActions;
  trans: TranslationBundle;
}

/** The panel: the apps, the last events, the machine. What was known last stays while the service is away. */
export function PanelView({ state, isRestarting, actions, trans }: IProps): JSX.Element {
  const { snapshot, connection, takenAt, events } = state;
  return (
    <>
      {connection.kind === 'away' && (
        <Away
          error={connection.error}
          isExpected={isRestarting}
          onRetry={() => actions.retry()}
          trans={trans}
        />
      )}
      {snapshot === null && connection.kind === 'connecting' && (
        <p className="jp-Restart-banner" role="status">
          {trans.__('Asking the restart service…')}
        </p>
      )}
      {snapshot !== null && (
        <>
          <ul role="list" className="jp-Restart-apps" aria-label={trans.__('Supervised apps')}>
            {snapshot.apps.map(app => (
              <AppCard key={app.name} app={app} takenAt={takenAt} actions={actions} trans={trans} />
            ))}
          </ul>
          {snapshot.apps.length === 0 && (
            <p className="jp-Restart-banner">
              {trans.__(
                'No app is supervised yet. JupyterLab shows up here by itself; others are named in'
              )}{' '}
              <code>{CONFIG_FILE}</code>
            </p>
          )}
          <EventList events={events} trans={trans} />
          <Machine snapshot={snapshot} trans={trans} />
        </>
      )}
    </>
  );
}
