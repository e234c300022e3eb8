import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { Contents } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Unsaved } from '../api/types';
import { within } from '../model/timing';

/** How long one document may take, in ms; the service waits a little longer before it goes on. */
export const SAVE_LIMIT_MS = 6_000;
/** By how much a file's time on disk may be later than at the last save, in ms: JupyterLab's own margin. */
const TIME_MARGIN_MS = 500;

/** What became of the documents that had changes. */
export interface ISaved {
  saved: string[];
  unsaved: Unsaved[];
}

/** The part of a document's context that saving needs. */
export type Savable = Pick<
  DocumentRegistry.Context,
  'path' | 'contentsModel' | 'model' | 'save' | 'isDisposed'
>;

/** What saving is done with. */
export interface ISaveTools {
  contents: Pick<Contents.IManager, 'get'>;
  /** Saves without a dialog, whatever happens. */
  save: (context: Savable) => Promise<void>;
  trans: TranslationBundle;
}

/**
 * Save all documents with changes, at the same time, each within its limit and none with a dialog.
 *
 * What JupyterLab would ask about is not saved but told: a read-only document, and one that was changed on disk.
 * Shared documents (real-time collaboration) are saved by the server as they change: nothing is to be done.
 */
export async function saveAll(contexts: readonly Savable[], tools: ISaveTools): Promise<ISaved> {
  const changed = contexts.filter(
    context => !context.isDisposed && context.model.dirty && !context.model.collaborative
  );
  const late = tools.trans.__('saving took longer than %1 s', SAVE_LIMIT_MS / 1000);
  const obstacles = await Promise.all(
    changed.map(async context => within(saveOne(context, tools), SAVE_LIMIT_MS, late))
  );
  const result: ISaved = { saved: [], unsaved: [] };
  changed.forEach((context, index) => {
    const why = obstacles[index];
    if (why) {
      result.unsaved.push({ path: context.path, why });
    } else {
      result.saved.push(context.path);
    }
  });
  return result;
}

/** Save one document; the answer says why it was not saved, null where it was. */
async function saveOne(context: Savable, tools: ISaveTools): Promise<string | null> {
  const { trans } = tools;
  try {
    if (context.contentsModel?.writable === false || context.model.readOnly) {
      return trans.__('it is read-only');
    }
    const onDisk = await fileOnDisk(context.path, tools.contents);
    if (onDisk && !onDisk.writable) {
      return trans.__('it is read-only');
    }
    if (onDisk && isChangedOnDisk(context.contentsModel, onDisk)) {
      return trans.__('it was changed on disk meanwhile');
    }
    await tools.save(context);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The file as it is, without its content; null where it is gone, which saving puts right. */
async function fileOnDisk(
  path: string,
  contents: ISaveTools['contents']
): Promise<Contents.IModel | null> {
  try {
    return await contents.get(path, { content: false, hash: true });
  } catch (error) {
    const { response } = error as { response?: Response };
    if (response?.status === 404) {
      return null;
    }
    throw error;
  }
}

/** The test by which JupyterLab would open its "File Changed" dialog. */
function isChangedOnDisk(
  known: Omit<Contents.IModel, 'content'> | null,
  onDisk: Contents.IModel
): boolean {
  if (!known) {
    return false;
  }
  if (known.hash && onDisk.hash) {
    return known.hash !== onDisk.hash;
  }
  const later = Date.parse(onDisk.last_modified) - Date.parse(known.last_modified);
  return later > TIME_MARGIN_MS;
}
