import { expect, type Page } from '@playwright/test';

import contract from '../../java-kernel/src/main/resources/openapi.json';
import type { App, Snapshot } from '../src/api/types';
import { execute, expectNoDialogs, openLab, openPanel, watchForDialogs } from './page';
import { test } from './test';

const GB = 1024 ** 3;
const { schemas } = contract.components;
const jupyterlab = schemas.App.example as App;

/** What a machine with ComfyUI on it would say. */
const SNAPSHOT: Snapshot = {
  ...(schemas.Snapshot.example as Snapshot),
  apps: [
    {
      ...jupyterlab,
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
    },
    jupyterlab,
    {
      ...jupyterlab,
      name: 'ollama',
      title: 'Ollama',
      life: 'stop_start',
      state: 'failed',
      enabled: false,
      pid: null,
      uptime_s: null,
      memory_bytes: null,
      next_restart: null,
      remaining_s: null,
      message: 'It was not started: no program "ollama" was found on the PATH. Install it.'
    }
  ]
};

/** Answer the panel's questions in place of the service; polls wait for ever. */
async function answerWith(page: Page, status: number, body: object): Promise<void> {
  await page.route('**/restart/v1/apps*', route => route.fulfill({ status, json: body }));
  await page.route('**/restart/v1/events*', () => new Promise(() => undefined));
}

test.beforeEach(async ({ page }) => {
  await watchForDialogs(page);
});

test('each app is shown as it is, in light and dark', async ({ page, lab }) => {
  await answerWith(page, 200, SNAPSHOT);
  await openLab(page, lab.url);
  const panel = await openPanel(page);
  const apps = panel.getByRole('list', { name: 'Supervised apps' }).getByRole('listitem');
  await expect(apps).toHaveCount(3);
  await expect(apps.nth(0).getByRole('status')).toHaveText(
    'Restarting: checking that all is stopped (GPU memory limit)'
  );
  await expect(apps.nth(0).getByRole('button', { name: 'Send again' })).toBeVisible();
  await expect(apps.nth(2)).toContainText('no program "ollama" was found');
  await look(page, 'light');
  await execute(page, 'apputils:change-theme', { theme: 'JupyterLab Dark' });
  await expect(page.locator('body')).toHaveAttribute('data-jp-theme-light', 'false');
  await look(page, 'dark');
  await execute(page, 'apputils:change-theme', { theme: 'JupyterLab Light' });
  await expectNoDialogs(page);
});

test('a service that does not start says why, and is asked again on request', async ({
  page,
  lab
}) => {
  const detail = 'The restart service could not be started. No Java of at least 25 was found.';
  const problem = { ...schemas.Problem.example, status: 503, code: 'service_not_running', detail };
  await answerWith(page, 503, problem);
  await openLab(page, lab.url);
  const panel = await openPanel(page);
  await expect(panel.getByRole('alert')).toContainText(detail);
  await look(page, 'away');

  await answerWith(page, 200, SNAPSHOT);
  await panel.getByRole('button', { name: 'Retry' }).click();
  await expect(panel.getByRole('alert')).toBeHidden();
  await expect(panel.getByRole('listitem', { name: 'jupyterlab' })).toBeVisible();
  await expectNoDialogs(page);
});

test('the keyboard alone steers an app', async ({ page, lab }) => {
  await answerWith(page, 200, { ...SNAPSHOT, apps: [jupyterlab] });
  const posted: string[] = [];
  await page.route('**/restart/v1/apps/jupyterlab/*', route => {
    const request = route.request();
    posted.push(`${request.url().split('/').pop()} ${request.postData()}`);
    return route.fulfill({ status: 202, json: schemas.Accepted.example });
  });
  await openLab(page, lab.url);
  // JupyterLab opens its launcher some time after it is ready, and gives it the focus.
  await expect(page.getByRole('tabpanel', { name: 'Launcher' }).getByRole('region')).toBeFocused();
  const app = (await openPanel(page)).getByRole('listitem', { name: 'jupyterlab' });
  const postpone = app.getByRole('button', { name: 'Postpone' });
  await app.getByRole('button', { name: 'Restart now' }).focus();
  await page.keyboard.press('Enter');
  await expect.poll(() => posted).toEqual(['restart {}']);
  // Buttons are off while a command is on the way.
  await expect(postpone).toBeEnabled();
  await page.keyboard.press('Tab');
  await expect(postpone).toBeFocused();
  await page.keyboard.press('Space');
  await expect.poll(() => posted.slice(1)).toEqual(['postpone {"duration":"30m"}']);
  await expect(postpone).toBeEnabled();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await expect(app.getByRole('switch', { name: 'Automatic restarts' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect
    .poll(() => posted)
    .toEqual(['restart {}', 'postpone {"duration":"30m"}', 'disable null']);
});

/** Take a picture for people, where a folder for them is named. */
async function look(page: Page, name: string): Promise<void> {
  const folder = process.env.LOOK_FOLDER;
  if (folder) {
    await page.screenshot({ path: `${folder}/${name}.png` });
  }
}
