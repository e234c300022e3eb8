import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { UUID } from '@lumino/coreutils';

import { ControlClient } from '../api/client';
import { AppsModel } from '../model/model';
import { portOf } from '../model/ours';
import { IAppsModel } from '../tokens';

/** Follows the service for all other plugins. */
export const modelPlugin: JupyterFrontEndPlugin<IAppsModel> = {
  id: 'jupyter-restart:model',
  description: 'Follows the restart service and gives its state and commands to other plugins.',
  autoStart: true,
  provides: IAppsModel,
  activate: (app: JupyterFrontEnd): IAppsModel => {
    const { serverSettings } = app.serviceManager;
    const client = new ControlClient(serverSettings);
    // Another name in each tab and after each reload: a page that is gone saves nothing.
    const tab = UUID.uuid4();
    window.addEventListener('pagehide', () => {
      // Nobody is left to tell of a failure; the service forgets the tab by itself after a while.
      client.leave(tab).catch(() => undefined);
    });
    return new AppsModel(client, tab, portOf(serverSettings.baseUrl));
  }
};
