import type { TranslationBundle } from '@jupyterlab/translation';

import type { RestartEvent, Unsaved } from '../api/types';
import { type INotice, restartKey } from './notice';

const BRIEF_MS = 5_000;
const MESSAGE_LIMIT = 140;

/** What a user must be told of an event; null where the panel's list is enough. */
export function noticeOf(event: RestartEvent, trans: TranslationBundle): INotice | null {
  const base = { key: keyOf(event), offers: [], app: event.app };
  switch (event.type) {
    case 'restart.completed':
      return completed(event, trans);
    case 'restart.failed':
    case 'app.failed':
    case 'app.crash_loop':
    case 'config.rejected':
      return { ...base, kind: 'error', message: event.message, autoClose: false, offers: ['open'] };
    case 'app.crashed':
    case 'app.hung':
    case 'app.lost':
      return { ...warning(event), again: `${event.type}:${event.app ?? ''}` };
    case 'app.survivors':
    case 'app.gpu_held':
    case 'app.blocked':
    case 'app.prompts_kept':
    case 'app.nodes_gone':
    case 'service.storm':
    case 'machine.ending':
    case 'limit.reached':
    case 'hook.failed':
      return warning(event);
    case 'kernel.limit_reached':
    case 'kernel.postponed':
    case 'kernel.restarted':
    case 'kernel.restart_failed':
      return ofKernel(event);
    case 'restart.called_off':
      return calledOff(event, trans);
    case 'restart.postponed':
    case 'service.calm':
    case 'machine.stays':
    case 'limit.predicted':
      return { ...base, kind: 'info', message: event.message, autoClose: BRIEF_MS };
    default:
      // Steps of a restart are shown from the state, the rest in the list of events.
      return null;
  }
}

function warning(event: RestartEvent): INotice {
  const { app, message } = event;
  return { key: keyOf(event), app, kind: 'warning', message, autoClose: false, offers: [] };
}

/** One for each kernel, the latest: variables that are going, or gone, are to be read of. */
function ofKernel(event: RestartEvent): INotice {
  const { kernel_id, notice_s, reason } = event.data;
  const kernel = String(kernel_id);
  const isWanted = event.type === 'kernel.postponed' || reason === 'manual';
  return {
    key: `kernel:${kernel}`,
    app: event.app,
    kernel,
    kind: event.type === 'kernel.restart_failed' ? 'error' : isWanted ? 'info' : 'warning',
    message: cut(event.message),
    autoClose: isWanted ? BRIEF_MS : false,
    offers: typeof notice_s === 'number' ? ['postpone'] : []
  };
}

/** An end that somebody wanted is soon forgotten; documents that hold a restart back wait for their user. */
function calledOff(event: RestartEvent, trans: TranslationBundle): INotice {
  const base = { key: keyOf(event), app: event.app };
  const unsaved = listOf(event.data.unsaved).map(entry => describeUnsaved(entry, trans));
  if (unsaved.length === 0) {
    return { ...base, kind: 'info', message: event.message, autoClose: BRIEF_MS, offers: [] };
  }
  return {
    ...base,
    kind: 'warning',
    message: cut(trans.__('Not restarted, save or close first: %1', unsaved.join(', '))),
    autoClose: false,
    offers: ['restart-now']
  };
}

/** The good end of a restart; what it could not keep is named, and stays until it has been read. */
function completed(event: RestartEvent, trans: TranslationBundle): INotice {
  const unsaved = listOf(event.data.unsaved).map(entry => describeUnsaved(entry, trans));
  const lost = listOf(event.data.lost_kernels).length;
  const losses: string[] = [];
  if (unsaved.length > 0) {
    losses.push(trans.__('Not saved: %1', unsaved.join(', ')));
  }
  if (lost > 0) {
    losses.push(trans._n('%1 kernel was lost', '%1 kernels were lost', lost));
  }
  const refused = listOf(event.data.refused_prompts).length;
  if (refused > 0) {
    losses.push(
      trans._n(
        'ComfyUI no longer takes %1 prompt (kept aside)',
        'ComfyUI no longer takes %1 prompts (kept aside)',
        refused
      )
    );
  }
  const isWhole = losses.length === 0;
  return {
    key: keyOf(event),
    app: event.app,
    kind: isWhole ? 'success' : 'warning',
    // What was lost comes first: the rest may be cut.
    message: isWhole ? event.message : cut([...losses, event.message].join('. ')),
    autoClose: isWhole ? BRIEF_MS : false,
    offers: isWhole ? [] : ['open']
  };
}

function describeUnsaved(entry: unknown, trans: TranslationBundle): string {
  if (typeof entry === 'string') {
    return entry;
  }
  const { path, why } = entry as Partial<Unsaved>;
  return why ? trans.__('%1 (%2)', path ?? '', why) : (path ?? '');
}

function keyOf(event: RestartEvent): string {
  if (event.restart_id !== null) {
    return restartKey(event.restart_id);
  }
  return `${event.type}:${event.app ?? ''}`;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function cut(message: string): string {
  return message.length <= MESSAGE_LIMIT ? message : `${message.slice(0, MESSAGE_LIMIT - 1)}…`;
}
