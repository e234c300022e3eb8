import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSX } from 'react';

import { restartIcon } from '../icons';
import type { IAppsModel } from '../tokens';
import type { IPanelActions } from './actions';
import { PanelView } from './view';

/** The sidebar tab with the panel in it. */
export class RestartPanel extends ReactWidget {
  constructor(
    private readonly model: IAppsModel,
    private readonly actions: IPanelActions,
    private readonly trans: TranslationBundle
  ) {
    super();
    this.id = 'jupyter-restart-panel';
    this.addClass('jp-Restart');
    this.title.icon = restartIcon;
    this.title.caption = trans.__('Restart');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Restart'));
  }

  protected override render(): JSX.Element {
    return (
      <UseSignal signal={this.model.changed}>
        {() => (
          <PanelView
            state={this.model.state}
            isRestarting={this.model.ours.some(app => app.restart !== null)}
            actions={this.actions}
            trans={this.trans}
          />
        )}
      </UseSignal>
    );
  }
}
