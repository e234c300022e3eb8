import {
  ILabShell,
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { Menu } from '@lumino/widgets';

import { restartIcon } from '../icons';
import type { IPanelActions } from '../panel/actions';
import { RestartPanel } from '../panel/panel';
import { CommandIDs, DOMAIN, IAppsModel } from '../tokens';
import { postponements } from '../words';

/** Below the file browser and the running kernels, above what users install later. */
const RANK = 210;

/** The sidebar tab and the command that opens it. */
export const panelPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-restart:panel',
  description: 'A sidebar panel of the supervised apps and their restarts.',
  autoStart: true,
  requires: [IAppsModel],
  optional: [ILabShell, ILayoutRestorer, ICommandPalette, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    model: IAppsModel,
    _labShell: ILabShell | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    const panel = new RestartPanel(model, panelActions(app, model), trans);
    app.shell.add(panel, 'right', { rank: RANK, type: 'Restart' });
    restorer?.add(panel, panel.id);
    app.commands.addCommand(CommandIDs.open, {
      label: trans.__('Show Restart Panel'),
      caption: trans.__('Show the supervised apps and their next restarts'),
      icon: restartIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => app.shell.activateById(panel.id)
    });
    palette?.addItem({ command: CommandIDs.open, category: trans.__('Restart') });

    function panelActions(app: JupyterFrontEnd, model: IAppsModel): IPanelActions {
      // A command that fails has told so; here is nobody left to tell.
      const run = (command: string, args: ReadonlyPartialJSONObject): void => {
        app.commands.execute(command, args).catch(() => undefined);
      };
      return {
        restartNow: name => run(CommandIDs.restartNow, { app: name }),
        postpone: name => run(CommandIDs.postpone, { app: name }),
        choosePostponement: (name, anchor) => {
          const menu = new Menu({ commands: app.commands });
          for (const { value } of postponements(trans)) {
            menu.addItem({ command: CommandIDs.postpone, args: { app: name, duration: value } });
          }
          menu.aboutToClose.connect(() => anchor.focus());
          const box = anchor.getBoundingClientRect();
          menu.open(box.left, box.bottom);
        },
        setEnabled: (name, enabled) => run(CommandIDs.toggle, { app: name, enabled }),
        keptPrompts: name => model.keptPrompts(name).catch(() => []),
        sendAgain: name => run(CommandIDs.sendAgain, { app: name }),
        discard: name => run(CommandIDs.discard, { app: name }),
        showPlan: name => run(CommandIDs.plan, { app: name }),
        retry: () => model.retry()
      };
    }
  }
};
