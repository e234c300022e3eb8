import { Dialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Savable } from './saveAll';

/**
 * Save a document; where that fails, dismiss the dialog by which JupyterLab tells so, and reject.
 *
 * A dialog in the middle of a restart that nobody watches would hold the page until it is closed.
 * `jupyterLab` is JupyterLab's own translations: the dialog is recognised by its title, so that those a user
 * has open are left alone.
 */
export async function quietSave(context: Savable, jupyterLab: TranslationBundle): Promise<void> {
  const file = context.path.slice(context.path.lastIndexOf('/') + 1).replace(/^[^:]+:/, '');
  const titles = [jupyterLab.__('File Save Error for %1', file), jupyterLab.__('File Changed')];
  const dismiss = (_: unknown, dialog: Dialog<unknown>): void => {
    // The label is there before anything is drawn: the title, then the text.
    const label = dialog.node.getAttribute('aria-label') ?? '';
    if (titles.some(title => label.startsWith(title))) {
      // Told of at its making, it can be rejected once it is launched, and is then never shown.
      void Promise.resolve().then(() => dialog.reject());
    }
  };
  Dialog.tracker.widgetAdded.connect(dismiss);
  try {
    await context.save();
  } finally {
    Dialog.tracker.widgetAdded.disconnect(dismiss);
  }
}
