import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';

import { openTerminals } from '../documents/openContexts';
import { holdInput } from '../terminals/heldInput';
import { IAppsModel } from '../tokens';

/** Keeps what is typed into terminals while the server changes. */
export const terminalsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-restart:terminals',
  description: 'Keeps what is typed into terminals while the Jupyter server restarts.',
  autoStart: true,
  requires: [IAppsModel],
  activate: (app: JupyterFrontEnd, model: IAppsModel): void => {
    const look = (): void => openTerminals(app.shell).forEach(holdInput);
    // A new terminal is made the current one; one that was restored need not be.
    app.shell.currentChanged?.connect(look);
    model.changed.connect(look);
  }
};
