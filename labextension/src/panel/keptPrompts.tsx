import type { TranslationBundle } from '@jupyterlab/translation';
import { type JSX, useState } from 'react';

import type { App, KeptPrompt, Note } from '../api/types';
import type { IPanelActions } from './actions';

/** The code of the note that says that prompts are kept. */
export const PROMPTS_KEPT = 'prompts_kept';

interface IProps {
  app: App;
  note: Note;
  actions: IPanelActions;
  trans: TranslationBundle;
}

/** Prompts that wait for their user's word: how many, and for those who ask, why; and the two words. */
export function KeptPrompts({ app, note, actions, trans }: IProps): JSX.Element {
  const [prompts, setPrompts] = useState<readonly KeptPrompt[]>([]);
  const ask = (isOpen: boolean): void => {
    if (isOpen) {
      void actions.keptPrompts(app.name).then(setPrompts);
    }
  };
  return (
    <div className="jp-Restart-kept">
      <details
        className="jp-Restart-remark"
        onToggle={event => ask(event.currentTarget.open)}
        key={note.message}
      >
        <summary>{note.message}</summary>
        <ul>
          {prompts.map(prompt => (
            <li key={prompt.prompt_id}>
              <code title={prompt.prompt_id}>{prompt.prompt_id.slice(0, 8)}</code> {prompt.why}
            </li>
          ))}
        </ul>
      </details>
      <div className="jp-Restart-words">
        <button
          type="button"
          className="jp-Restart-planLink"
          title={trans.__('Put them back into the queue of %1', app.title)}
          onClick={() => actions.sendAgain(app.name)}
        >
          {trans.__('Send again')}
        </button>
        <button
          type="button"
          className="jp-Restart-planLink"
          title={trans.__('Forget them')}
          onClick={() => actions.discard(app.name)}
        >
          {trans.__('Discard')}
        </button>
      </div>
    </div>
  );
}
