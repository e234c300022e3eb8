import { MainAreaWidget } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';

import type { App, AppPlan } from '../api/types';
import { restartIcon } from '../icons';
import { PlanView } from './planView';

/** A tab of the main area that shows the plan of an app, as it was when the user asked. */
export function planWidget(
  app: App,
  plan: AppPlan,
  trans: TranslationBundle
): MainAreaWidget<ReactWidget> {
  const content = ReactWidget.create(<PlanView plan={plan} trans={trans} />);
  const widget = new MainAreaWidget({ content });
  widget.id = `jupyter-restart-plan-${app.name}`;
  widget.title.label = trans.__('Restart plan: %1', app.title);
  widget.title.icon = restartIcon;
  widget.title.closable = true;
  return widget;
}
