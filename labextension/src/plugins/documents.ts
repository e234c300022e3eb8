import {
  JupyterLab,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { Drain } from '../documents/drain';
import { openContexts, openKernels } from '../documents/openContexts';
import { Patience } from '../documents/patience';
import { quietSave } from '../documents/quietSave';
import { type ISaved, saveAll } from '../documents/saveAll';
import { saveBeforeEnd } from '../documents/saveBeforeEnd';
import { Silence } from '../documents/silence';
import { greetRestarted, welcomeBack } from '../documents/welcomeBack';
import { DOMAIN, IAppsModel } from '../tokens';

/** Saves documents before this page's server restarts, and brings the page through it. */
export const documentsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-restart:documents',
  description:
    'Saves documents before a restart of the Jupyter server and brings the page through it.',
  autoStart: true,
  requires: [IAppsModel, IDocumentManager],
  optional: [JupyterLab.IInfo, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    model: IAppsModel,
    documents: IDocumentManager,
    info: JupyterLab.IInfo | null,
    translator: ITranslator | null
  ): void => {
    const translations = translator ?? nullTranslator;
    const trans = translations.load(DOMAIN);
    const jupyterLab = translations.load('jupyterlab');
    const { contents } = app.serviceManager;
    const save = (): Promise<ISaved> =>
      saveAll(openContexts(app.shell, documents), {
        contents,
        save: context => quietSave(context, jupyterLab),
        trans
      });
    new Drain(model, save);
    saveBeforeEnd(model, save);
    const welcome = (): void => {
      void welcomeBack(app.serviceManager, () => openKernels(app.shell));
    };
    greetRestarted(model, () => openKernels(app.shell));
    new Silence(model, info ?? { isConnected: true }, welcome);
    new Patience(model, app.serviceManager, welcome);
  }
};
