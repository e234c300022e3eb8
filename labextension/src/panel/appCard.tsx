import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSX } from 'react';

import type { App, Note } from '../api/types';
import { stateWord } from '../words';
import type { IPanelActions } from './actions';
import { AutomaticSwitch } from './automaticSwitch';
import { Buttons } from './buttons';
import { Facts } from './facts';
import { KeptPrompts, PROMPTS_KEPT } from './keptPrompts';
import { Next } from './next';
import { Progress } from './progress';
import { StateIcon } from './stateIcon';

interface IProps {
  app: App;
  takenAt: number;
  actions: IPanelActions;
  trans: TranslationBundle;
}

/** One supervised app: how it is, when it is restarted, and what can be done about it. */
export function AppCard({ app, takenAt, actions, trans }: IProps): JSX.Element {
  return (
    <li className="jp-Restart-app" aria-label={app.name}>
      <div className="jp-Restart-appHeader">
        <StateIcon state={app.state} />
        <h3>{app.title}</h3>
        <span className="jp-Restart-state">{stateWord(app.state, trans)}</span>
      </div>
      {app.restart ? (
        <Progress restart={app.restart} life={app.life} trans={trans} />
      ) : (
        <Next app={app} takenAt={takenAt} actions={actions} trans={trans} />
      )}
      {app.message !== null && <p className="jp-Restart-message">{app.message}</p>}
      {app.notes.map(note =>
        note.code === PROMPTS_KEPT ? (
          <KeptPrompts key={note.code} app={app} note={note} actions={actions} trans={trans} />
        ) : (
          <Remark key={note.code} note={note} trans={trans} />
        )
      )}
      <Facts app={app} takenAt={takenAt} trans={trans} />
      <Buttons app={app} actions={actions} trans={trans} />
      <AutomaticSwitch app={app} actions={actions} trans={trans} />
    </li>
  );
}

interface IRemarkProps {
  note: Note;
  trans: TranslationBundle;
}

/** What the app says of itself; what to do about it is for those who ask. */
function Remark({ note, trans }: IRemarkProps): JSX.Element {
  return (
    <details className="jp-Restart-remark">
      <summary>{note.message}</summary>
      <p>{trans.__('What to do: %1', note.advice)}</p>
    </details>
  );
}
