import { expect, type Page } from '@playwright/test';

import { execute, expectNoDialogs, openLab, openPanel, watchForDialogs } from './page';
import { answerWith, FAILED, JUPYTERLAB, RESTARTING, schemas, snapshotOf } from './service';
import { test } from './test';

const SNAPSHOT = snapshotOf(RESTARTING, JUPYTERLAB, FAILED);

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
  await answerWith(page, 200, snapshotOf(JUPYTERLAB));
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
