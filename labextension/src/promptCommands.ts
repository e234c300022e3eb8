import { Dialog, Notification, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { App, HandledPrompts, KeptPrompt } from './api/types';
import type { IAppsModel } from './tokens';

/** Put all kept prompts of an app back into its queue, and tell what came of it. */
export async function sendAgain(
  app: App,
  model: IAppsModel,
  trans: TranslationBundle
): Promise<void> {
  const kept = await keptIds(app, model, trans);
  if (kept.length === 0) {
    return;
  }
  const handled = await model.sendAgain(app.name, kept);
  const count = handled.done.length;
  if (count > 0) {
    Notification.success(
      trans._n(
        '1 prompt is in the queue of %2 again',
        '%1 prompts are in the queue of %2 again',
        count,
        app.title
      )
    );
  }
  tellDue(handled, app, trans);
  tellLeft(handled, app, trans);
}

/** Forget all kept prompts of an app, once its user has said that it is meant: they can't be brought back. */
export async function discard(
  app: App,
  model: IAppsModel,
  trans: TranslationBundle
): Promise<void> {
  const kept = await keptIds(app, model, trans);
  if (kept.length === 0) {
    return;
  }
  const answer = await showDialog({
    title: trans._n(
      'Discard 1 kept prompt of %2?',
      'Discard %1 kept prompts of %2?',
      kept.length,
      app.title
    ),
    body: trans.__('They are forgotten, and can not be sent again.'),
    buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: trans.__('Discard') })]
  });
  if (answer.button.accept) {
    tellLeft(await model.discard(app.name, kept), app, trans);
  }
}

/** The ids of all kept prompts of an app; that there are none is told. */
async function keptIds(app: App, model: IAppsModel, trans: TranslationBundle): Promise<string[]> {
  const kept = await model.keptPrompts(app.name);
  if (kept.length === 0) {
    Notification.info(trans.__('No prompts of %1 are kept', app.title));
  }
  return kept.map(prompt => prompt.prompt_id);
}

/** That ComfyUI does not run now is no failure. */
function tellDue({ due }: HandledPrompts, app: App, trans: TranslationBundle): void {
  if (due.length > 0) {
    Notification.info(
      trans._n('1 prompt of %2: %3', '%1 prompts of %2: %3', due.length, app.title, reasons(due))
    );
  }
}

function reasons(prompts: readonly KeptPrompt[]): string {
  return [...new Set(prompts.map(prompt => prompt.why))].join('; ');
}

function tellLeft({ left }: HandledPrompts, app: App, trans: TranslationBundle): void {
  if (left.length === 0) {
    return;
  }
  const message = trans._n(
    '1 prompt of %2 is not in its queue yet: %3',
    '%1 prompts of %2 are not in its queue yet: %3',
    left.length,
    app.title,
    reasons(left)
  );
  Notification.warning(message, { autoClose: false });
}
