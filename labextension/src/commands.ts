import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyJSONObject, ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { ControlError } from './api/errors';
import type { App, AppPlan } from './api/types';
import { restartIcon } from './icons';
import { PROMPTS_KEPT } from './panel/keptPrompts';
import { discard, sendAgain } from './promptCommands';
import { CommandIDs, type IAppsModel } from './tokens';
import { postponements } from './words';

/** What the commands need besides the model. */
export interface ICommandTools {
  /** The span of a postponement when none is named. */
  usualSpan: () => string;
  /** Shows a plan that was asked for. */
  showPlan: (app: App, plan: AppPlan) => void;
  trans: TranslationBundle;
}

type Arguments = ReadonlyPartialJSONObject;

/** Register the commands that steer apps. What goes wrong is told by a notification and rejects. */
export function addCommands(
  commands: CommandRegistry,
  model: IAppsModel,
  tools: ICommandTools
): void {
  const { trans } = tools;
  const isKnown = (args: Arguments): boolean => find(model, args) !== null;
  /** Carry out something for the app that is meant. */
  const forApp = async (args: Arguments, act: (app: App) => Promise<void>): Promise<void> => {
    try {
      await act(required(model, args, trans));
    } catch (thrown) {
      const error = ControlError.of(thrown);
      Notification.error(error.message, { autoClose: false });
      throw error;
    }
  };

  commands.addCommand(CommandIDs.restartNow, {
    label: args => labelled(trans.__('Restart Now'), model, args, trans),
    caption: trans.__('Save documents and restart the app at once; kernels live on'),
    icon: restartIcon,
    isEnabled: isKnown,
    describedBy: { args: schema(trans) },
    execute: args => forApp(args, app => model.restart(app.name))
  });

  commands.addCommand(CommandIDs.postpone, {
    label: args => {
      const span = postponements(trans).find(entry => entry.value === args.duration);
      return span ? span.label : labelled(trans.__('Postpone Next Restart'), model, args, trans);
    },
    caption: trans.__('Put off the next scheduled restart of the app'),
    isEnabled: isKnown,
    describedBy: {
      args: schema(trans, {
        duration: { type: 'string', description: trans.__('For how long: 30m, 2h, 1h30m') },
        kernel: {
          type: 'string',
          description: trans.__('The id of a kernel of the app, where only its restart is put off')
        }
      })
    },
    execute: args => {
      const span = typeof args.duration === 'string' ? args.duration : tools.usualSpan();
      const { kernel } = args;
      return forApp(args, app =>
        typeof kernel === 'string'
          ? model.postponeKernel(app.name, kernel, span)
          : model.postpone(app.name, span)
      );
    }
  });

  commands.addCommand(CommandIDs.toggle, {
    label: args => labelled(trans.__('Automatic Restarts'), model, args, trans),
    caption: trans.__('Switch automatic restarts of the app on or off'),
    isEnabled: isKnown,
    isToggled: args => find(model, args)?.enabled ?? false,
    describedBy: {
      args: schema(trans, {
        enabled: { type: 'boolean', description: trans.__('On or off; by default the other way') }
      })
    },
    execute: args =>
      forApp(args, app => {
        const isEnabled = typeof args.enabled === 'boolean' ? args.enabled : !app.enabled;
        return model.setEnabled(app.name, isEnabled);
      })
  });

  commands.addCommand(CommandIDs.plan, {
    label: args => labelled(trans.__('Show Restart Plan'), model, args, trans),
    caption: trans.__('Show what a restart of the app would do; changes nothing'),
    icon: restartIcon,
    isEnabled: isKnown,
    describedBy: { args: schema(trans) },
    execute: args =>
      forApp(args, async app => {
        const plan = (await model.plan(app.name)).apps.find(entry => entry.name === app.name);
        if (plan) {
          tools.showPlan(app, plan);
        }
      })
  });

  commands.addCommand(CommandIDs.sendAgain, {
    label: args => labelled(trans.__('Send Kept Prompts Again'), model, args, trans),
    caption: trans.__('Put the prompts that are kept outside of the queue back into it'),
    isEnabled: args => hasKeptPrompts(find(model, args)),
    describedBy: { args: schema(trans) },
    execute: args => forApp(args, app => sendAgain(app, model, trans))
  });

  commands.addCommand(CommandIDs.discard, {
    label: args => labelled(trans.__('Discard Kept Prompts'), model, args, trans),
    caption: trans.__('Forget the prompts that are kept outside of the queue'),
    isEnabled: args => hasKeptPrompts(find(model, args)),
    describedBy: { args: schema(trans) },
    execute: args => forApp(args, app => discard(app, model, trans))
  });
}

function hasKeptPrompts(app: App | null): boolean {
  return app?.notes.some(note => note.code === PROMPTS_KEPT) ?? false;
}

function schema(trans: TranslationBundle, more: ReadonlyJSONObject = {}): ReadonlyJSONObject {
  const app = {
    type: 'string',
    description: trans.__("The app's name; by default the server of this page")
  };
  return { type: 'object', properties: { app, ...more } };
}

function find(model: IAppsModel, args: Arguments): App | null {
  return typeof args.app === 'string' ? model.app(args.app) : model.usual;
}

function required(model: IAppsModel, args: Arguments, trans: TranslationBundle): App {
  const app = find(model, args);
  if (app) {
    return app;
  }
  const names = model.state.snapshot?.apps.map(({ name }) => name).join(', ') || trans.__('none');
  throw new ControlError(
    'no_such_app',
    typeof args.app === 'string'
      ? trans.__('There is no app "%1". Apps: %2.', args.app, names)
      : trans.__('No app is supervised.')
  );
}

/** A label that names the app, where it is not the only one. */
function labelled(
  label: string,
  model: IAppsModel,
  args: Arguments,
  trans: TranslationBundle
): string {
  const app = find(model, args);
  const isOnly = (model.state.snapshot?.apps.length ?? 0) <= 1;
  return app && !isOnly ? trans.__('%1 (%2)', label, app.title) : label;
}
