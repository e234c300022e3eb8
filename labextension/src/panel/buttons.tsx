import type { TranslationBundle } from '@jupyterlab/translation';
import { caretDownIcon } from '@jupyterlab/ui-components';
import type { JSX, MouseEvent, ReactNode } from 'react';

import type { App } from '../api/types';
import type { IPanelActions } from './actions';

interface IProps {
  app: App;
  actions: IPanelActions;
  trans: TranslationBundle;
}

/** The commands of one app. Those that make no sense now say why, and keep the focus they may have. */
export function Buttons({ app, actions, trans }: IProps): JSX.Element {
  const whyNoRestart = app.restart ? trans.__('A restart is under way') : null;
  const whyNoPostponing = app.restart
    ? trans.__('A restart is under way')
    : app.next_restart === null
      ? trans.__('No restart is scheduled')
      : null;
  return (
    <div className="jp-Restart-buttons">
      <Button
        className="jp-mod-accept"
        why={whyNoRestart}
        title={trans.__('Restart %1 at once; documents are saved first', app.title)}
        onClick={() => actions.restartNow(app.name)}
      >
        {trans.__('Restart now')}
      </Button>
      <span className="jp-Restart-split">
        <Button
          why={whyNoPostponing}
          title={trans.__('Put off the next restart')}
          onClick={() => actions.postpone(app.name)}
        >
          {trans.__('Postpone')}
        </Button>
        <Button
          className="jp-Restart-more"
          why={whyNoPostponing}
          title={trans.__('Choose for how long')}
          label={trans.__('Choose for how long')}
          hasMenu
          onClick={event => actions.choosePostponement(app.name, event.currentTarget)}
        >
          <caretDownIcon.react tag="span" />
        </Button>
      </span>
    </div>
  );
}

interface IButtonProps {
  children: ReactNode;
  className?: string;
  /** Why it can't be pressed now; null where it can. */
  why: string | null;
  title: string;
  label?: string;
  hasMenu?: boolean;
  onClick: (event: MouseEvent<HTMLButtonElement>) => void;
}

/** A button that stays focusable while it can't be pressed: a disabled one would drop the focus in mid-restart. */
function Button(props: IButtonProps): JSX.Element {
  const { children, className = '', why, title, label, hasMenu, onClick } = props;
  return (
    <button
      type="button"
      className={`jp-Restart-button ${className}`}
      title={why ?? title}
      aria-label={label}
      aria-haspopup={hasMenu ? 'menu' : undefined}
      aria-disabled={why !== null}
      onClick={event => {
        if (why === null) {
          onClick(event);
        }
      }}
    >
      {children}
    </button>
  );
}
