import type { TranslationBundle } from '@jupyterlab/translation';

import type { App, Reason, RestartStep } from './api/types';

/** The name of an app's state: the same as in the command line. What it means is told where it is shown. */
export function stateWord(state: App['state'], trans: TranslationBundle): string {
  switch (state) {
    case 'stopped':
      return trans.__('Stopped');
    case 'starting':
      return trans.__('Starting');
    case 'running':
      return trans.__('Running');
    case 'preparing':
      return trans.__('Preparing');
    case 'draining':
      return trans.__('Draining');
    case 'stopping':
      return trans.__('Stopping');
    case 'verifying':
      return trans.__('Verifying');
    case 'restoring':
      return trans.__('Restoring');
    case 'waiting':
      return trans.__('Waiting');
    case 'failed':
      return trans.__('Failed');
    default:
      // A service newer than this panel.
      return state;
  }
}

/** What a restart does in a step, for people. */
export function stepWord(step: RestartStep, trans: TranslationBundle): string {
  switch (step) {
    case 'preparing':
      return trans.__('getting ready');
    case 'draining':
      return trans.__('saving documents and finishing work');
    case 'stopping':
      return trans.__('stopping');
    case 'verifying':
      return trans.__('checking that all is stopped');
    case 'starting':
      return trans.__('starting');
    case 'restoring':
      return trans.__('bringing work back');
    default:
      return step;
  }
}

/** Why a restart happened, for people. */
export function reasonWord(reason: Reason, trans: TranslationBundle): string {
  switch (reason) {
    case 'scheduled':
      return trans.__('scheduled');
    case 'manual':
      return trans.__('manual');
    case 'crash':
      return trans.__('after a crash');
    case 'hang':
      return trans.__('after a hang');
    case 'memory':
      return trans.__('memory limit');
    case 'gpu-memory':
      return trans.__('GPU memory limit');
    case 'disk':
      return trans.__('disk space');
    case 'idle':
      return trans.__('while idle');
    case 'config':
      return trans.__('new configuration');
    case 'fleet':
      return trans.__('asked for by the fleet');
    case 'self':
      return trans.__('by the app itself');
    default:
      return reason;
  }
}

/** A span by which a restart is put off: as the service reads it, and for people. */
export interface IPostponement {
  readonly value: string;
  readonly label: string;
}

/** The spans that the panel offers, shortest first. */
export function postponements(trans: TranslationBundle): readonly IPostponement[] {
  return [
    { value: '30m', label: trans.__('30 minutes') },
    { value: '1h', label: trans.__('1 hour') },
    { value: '2h', label: trans.__('2 hours') },
    { value: '6h', label: trans.__('6 hours') }
  ];
}
