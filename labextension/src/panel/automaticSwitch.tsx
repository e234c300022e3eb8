import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSX } from 'react';

import type { App } from '../api/types';
import type { IPanelActions } from './actions';

interface IProps {
  app: App;
  actions: IPanelActions;
  trans: TranslationBundle;
}

/** Switches an app's automatic restarts; shows what the service says, not what was clicked. */
export function AutomaticSwitch({ app, actions, trans }: IProps): JSX.Element {
  return (
    <button
      type="button"
      role="switch"
      className="jp-Restart-switch"
      aria-checked={app.enabled}
      title={
        app.enabled
          ? trans.__('Switch scheduled and other automatic restarts of %1 off', app.title)
          : trans.__('Switch automatic restarts of %1 on', app.title)
      }
      onClick={() => actions.setEnabled(app.name, !app.enabled)}
    >
      <span>{trans.__('Automatic restarts')}</span>
      <span className="jp-Restart-track" aria-hidden="true" />
    </button>
  );
}
