import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import type { RestartEvent } from '../api/types';
import { NoticeBoard } from '../notifications/board';
import type { Offer } from '../notifications/notice';
import { noticeOf } from '../notifications/ofEvent';
import { noticesOf } from '../notifications/ofState';
import { ISettings } from '../settings';
import { CommandIDs, DOMAIN, IAppsModel } from '../tokens';

const COMMANDS: Readonly<Record<Offer, string>> = {
  postpone: CommandIDs.postpone,
  'restart-now': CommandIDs.restartNow,
  open: CommandIDs.open
};

/** Tells the user of restarts that come, go on and end, and of what went wrong. */
export const notificationsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-restart:notifications',
  description: 'Notifications of restarts.',
  autoStart: true,
  requires: [IAppsModel, ISettings],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    model: IAppsModel,
    settings: ISettings,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    const labels = {
      postpone: trans.__('Postpone'),
      'restart-now': trans.__('Restart now'),
      open: trans.__('Show')
    };
    const board = new NoticeBoard(Notification, labels, (offer, { app: name, kernel }) => {
      const args = { ...(name !== null && { app: name }), ...(kernel && { kernel }) };
      // A command that fails tells so itself.
      app.commands.execute(COMMANDS[offer], args).catch(() => undefined);
    });
    const tell = (_: IAppsModel, events: readonly RestartEvent[]): void => {
      for (const event of events) {
        const notice = noticeOf(event, trans);
        if (notice) {
          board.tell(notice);
        }
      }
    };
    const reflect = (): void => board.reflect(noticesOf(model.state, settings.warnBeforeS, trans));
    model.eventsArrived.connect(tell);
    model.changed.connect(reflect);
  }
};
