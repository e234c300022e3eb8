import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ILSPDocumentConnectionManager, type VirtualDocument } from '@jupyterlab/lsp';

import { type IConnections, Reconnection } from '../languageServers/reconnection';
import { IAppsModel } from '../tokens';

/** Completion, diagnostics and the like, by language servers, live on after a restart. */
export const languageServersPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-restart:language-servers',
  description:
    'Connects documents to language servers again when the Jupyter server has restarted.',
  autoStart: true,
  requires: [IAppsModel],
  optional: [ILSPDocumentConnectionManager],
  activate: (
    _: JupyterFrontEnd,
    model: IAppsModel,
    servers: ILSPDocumentConnectionManager | null
  ): void => {
    if (servers) {
      // How a document is connected is protected, which is so in its type alone.
      new Reconnection(model, servers as unknown as IConnections<VirtualDocument>);
    }
  }
};
