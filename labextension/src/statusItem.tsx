import { TextItem } from '@jupyterlab/statusbar';
import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSX } from 'react';

import type { App } from './api/types';
import { countdown } from './format';
import { useElapsed } from './panel/useElapsed';
import type { IAppsModel } from './tokens';

/** The status bar's countdown to the next restart of this page's server; a click opens the panel. */
export class StatusItem extends ReactWidget {
  constructor(
    private readonly model: IAppsModel,
    private readonly open: () => void,
    private readonly trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-mod-highlighted');
    this.addClass('jp-Restart-statusItem');
  }

  /** Whether there is something to show. */
  isActive(): boolean {
    const app = this.model.usual;
    return app !== null && (app.restart !== null || app.remaining_s !== null);
  }

  protected override render(): JSX.Element {
    return (
      <UseSignal signal={this.model.changed}>
        {() => {
          const app = this.model.usual;
          return (
            app && (
              <StatusText
                app={app}
                takenAt={this.model.state.takenAt}
                onOpen={this.open}
                trans={this.trans}
              />
            )
          );
        }}
      </UseSignal>
    );
  }
}

interface IProps {
  app: App;
  takenAt: number;
  onOpen: () => void;
  trans: TranslationBundle;
}

function StatusText({ app, takenAt, onOpen, trans }: IProps): JSX.Element {
  const elapsed = useElapsed(takenAt);
  const text = app.restart
    ? trans.__('Restarting…')
    : trans.__('Restart in %1', countdown((app.remaining_s ?? 0) - elapsed));
  return (
    <TextItem
      source={text}
      title={trans.__('Next restart of %1; click for more', app.title)}
      role="button"
      tabIndex={0}
      onClick={onOpen}
      onKeyDown={event => {
        if (event.key === 'Enter' || event.key === ' ') {
          event.preventDefault();
          onOpen();
        }
      }}
    />
  );
}
