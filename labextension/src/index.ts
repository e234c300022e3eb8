import { commandsPlugin } from './plugins/commands';
import { documentsPlugin } from './plugins/documents';
import { languageServersPlugin } from './plugins/languageServers';
import { modelPlugin } from './plugins/model';
import { notificationsPlugin } from './plugins/notifications';
import { panelPlugin } from './plugins/panel';
import { runningPlugin } from './plugins/running';
import { settingsPlugin } from './plugins/settings';
import { statusItemPlugin } from './plugins/statusItem';
import { terminalsPlugin } from './plugins/terminals';

export { IAppsModel } from './tokens';

export default [
  modelPlugin,
  settingsPlugin,
  commandsPlugin,
  panelPlugin,
  statusItemPlugin,
  notificationsPlugin,
  documentsPlugin,
  terminalsPlugin,
  languageServersPlugin,
  runningPlugin
];
