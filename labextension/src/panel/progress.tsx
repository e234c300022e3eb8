import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSX } from 'react';

import type { App, RestartStep } from '../api/types';
import { reasonWord, stepWord } from '../words';

const IN_PLACE: readonly RestartStep[] = ['preparing', 'draining', 'starting', 'restoring'];
const STOP_START: readonly RestartStep[] = [
  'preparing',
  'draining',
  'stopping',
  'verifying',
  'starting',
  'restoring'
];

interface IProps {
  restart: NonNullable<App['restart']>;
  life: App['life'];
  trans: TranslationBundle;
}

/** The step that a restart is in, and how far that is. */
export function Progress({ restart, life, trans }: IProps): JSX.Element {
  const steps = life === 'in_place' ? IN_PLACE : STOP_START;
  const done = Math.max(0, steps.indexOf(restart.step));
  return (
    <div className="jp-Restart-progress">
      <p role="status">
        {trans.__('Restarting: %1', stepWord(restart.step, trans))}
        <span className="jp-Restart-reason"> ({reasonWord(restart.reason, trans)})</span>
      </p>
      <div
        className="jp-Restart-steps"
        role="progressbar"
        aria-label={trans.__('Restart')}
        aria-valuemin={0}
        aria-valuemax={steps.length}
        aria-valuenow={done}
      >
        {steps.map((step, index) => (
          <span
            key={step}
            className={index < done ? 'jp-mod-done' : index === done ? 'jp-mod-now' : ''}
          />
        ))}
      </div>
    </div>
  );
}
