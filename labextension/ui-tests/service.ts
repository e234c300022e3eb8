import type { Page } from '@playwright/test';

import contract from '../../java-kernel/src/main/resources/openapi.json';
import type { App, Snapshot } from '../src/api/types';

const GB = 1024 ** 3;
/** The contract's own examples. */
export const { schemas } = contract.components;

/** JupyterLab while nothing happens. */
export const JUPYTERLAB = schemas.App.example as App;

/** What a machine with these apps on it would say. */
export function snapshotOf(...apps: App[]): Snapshot {
  return { ...(schemas.Snapshot.example as Snapshot), apps };
}

/** An app in the middle of a restart, with prompts that wait for their user's word. */
export const RESTARTING: App = {
  ...JUPYTERLAB,
  name: 'comfyui',
  title: 'ComfyUI',
  preset: 'comfyui',
  life: 'stop_start',
  state: 'verifying',
  last_restart: '2026-11-24T00:00:00Z',
  last_reason: 'scheduled',
  memory_bytes: 9 * GB,
  gpu_memory_bytes: 11 * GB,
  notes: [
    {
      code: 'prompts_kept',
      message: '2 prompts are kept outside of its queue.',
      advice: 'See why: jupyter restart comfyui kept.'
    }
  ],
  restart: {
    id: 'r-2',
    reason: 'gpu-memory',
    step: 'verifying',
    since: '2026-11-24T06:00:00Z',
    deadline: null
  }
};

const DOWN: App = {
  ...JUPYTERLAB,
  name: 'ollama',
  title: 'Ollama',
  life: 'stop_start',
  pid: null,
  uptime_s: null,
  memory_bytes: null,
  next_restart: null,
  remaining_s: null
};

/** An app that could not be started. */
export const FAILED: App = {
  ...DOWN,
  state: 'failed',
  enabled: false,
  message: 'It was not started: no program "ollama" was found on the PATH. Install it.'
};

/** An app that has crashed, and is started again in a while. */
export const WAITING: App = { ...DOWN, state: 'waiting', starts_in_s: 40 };

/** Answer the panel's questions in place of the service; polls wait for ever. */
export async function answerWith(page: Page, status: number, body: object): Promise<void> {
  await page.route('**/restart/v1/apps*', route => route.fulfill({ status, json: body }));
  await page.route('**/restart/v1/events*', () => new Promise(() => undefined));
}
