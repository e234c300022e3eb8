import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IRunningSessionManagers } from '@jupyterlab/running';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { RunningApps } from '../running';
import { CommandIDs, DOMAIN, IAppsModel } from '../tokens';

/** The apps in JupyterLab's own panel of what is running. */
export const runningPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-restart:running',
  description: 'The supervised apps in the panel of running terminals and kernels.',
  autoStart: true,
  requires: [IAppsModel],
  optional: [IRunningSessionManagers, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    model: IAppsModel,
    managers: IRunningSessionManagers | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    const steer = {
      open: (): void => void app.commands.execute(CommandIDs.open),
      restart: (name: string): void => {
        // A command that fails tells so itself.
        app.commands.execute(CommandIDs.restartNow, { app: name }).catch(() => undefined);
      }
    };
    managers?.add(new RunningApps(model, steer, trans));
  }
};
