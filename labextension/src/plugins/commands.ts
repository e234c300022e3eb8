import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, MainAreaWidget } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { addCommands } from '../commands';
import { planWidget } from '../panel/planWidget';
import { ISettings } from '../settings';
import { CommandIDs, DOMAIN, IAppsModel } from '../tokens';

/** The commands, and their place in the command palette. */
export const commandsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-restart:commands',
  description:
    'Commands that restart apps, postpone and switch their restarts, and show what is planned.',
  autoStart: true,
  requires: [IAppsModel, ISettings],
  optional: [ICommandPalette, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    model: IAppsModel,
    settings: ISettings,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    let shown: MainAreaWidget | null = null;
    addCommands(app.commands, model, {
      usualSpan: () => settings.postponeBy,
      showPlan: (target, plan) => {
        shown?.dispose();
        shown = planWidget(target, plan, trans);
        app.shell.add(shown, 'main');
        app.shell.activateById(shown.id);
      },
      trans
    });
    for (const command of [
      CommandIDs.restartNow,
      CommandIDs.postpone,
      CommandIDs.toggle,
      CommandIDs.plan
    ]) {
      palette?.addItem({ command, category: trans.__('Restart') });
    }
    model.changed.connect(() => app.commands.notifyCommandChanged());
  }
};
