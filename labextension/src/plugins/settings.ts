import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ISettingRegistry } from '@jupyterlab/settingregistry';

import { ISettings, Settings } from '../settings';
import { SETTINGS_ID } from '../tokens';

/** The user's settings; the schema of the same name says what they are and puts the commands into the menu. */
export const settingsPlugin: JupyterFrontEndPlugin<ISettings> = {
  id: SETTINGS_ID,
  description: 'The settings of the Restart panel.',
  autoStart: true,
  provides: ISettings,
  optional: [ISettingRegistry],
  activate: (_: JupyterFrontEnd, registry: ISettingRegistry | null): ISettings => {
    const settings = new Settings();
    registry?.load(SETTINGS_ID).then(
      loaded => settings.use(loaded),
      (error: unknown) => console.error('The settings of the Restart panel were not loaded:', error)
    );
    return settings;
  }
};
