import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';

import { ISettings } from '../settings';
import { StatusItem } from '../statusItem';
import { CommandIDs, DOMAIN, IAppsModel } from '../tokens';

/** The countdown in the status bar. */
export const statusItemPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-restart:status-item',
  description: 'A countdown to the next restart in the status bar.',
  autoStart: true,
  requires: [IAppsModel, ISettings],
  optional: [IStatusBar, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    model: IAppsModel,
    settings: ISettings,
    statusBar: IStatusBar | null,
    translator: ITranslator | null
  ): void => {
    if (!statusBar) {
      return;
    }
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    const open = (): void => void app.commands.execute(CommandIDs.open);
    const item = new StatusItem(model, open, trans);
    const activeStateChanged = new Signal<StatusItem, void>(item);
    const notify = (): void => activeStateChanged.emit();
    model.changed.connect(notify);
    settings.changed.connect(notify);
    statusBar.registerStatusItem(statusItemPlugin.id, {
      item,
      align: 'right',
      rank: 50,
      isActive: () => settings.showStatusItem && item.isActive(),
      activeStateChanged
    });
  }
};
