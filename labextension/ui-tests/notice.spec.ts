import { expect } from '@playwright/test';

import { expectNoDialogs, expectTold, notification, openLab, watchForDialogs } from './page';
import { test } from './test';

test('a planned restart is announced, and can be postponed or had at once', async ({
  page,
  lab
}) => {
  await watchForDialogs(page);
  await openLab(page, lab.url);
  const soon = notification(page, /JupyterLab restarts in /);

  const { restarts } = await lab.app();
  await lab.order('50s');
  await expect(soon).toBeVisible();
  const first = await soon.innerText();
  await expect(soon).not.toHaveText(first);
  await soon.getByRole('button', { name: 'Postpone' }).click();
  await expect(soon).toBeHidden();
  expect((await lab.app()).remaining_s).toBeGreaterThan(29 * 60);

  await lab.order('50s');
  await soon.getByRole('button', { name: 'Restart now' }).click();
  await lab.restarted(restarts + 1);
  await expectTold(page, /JupyterLab restarted in /);
  await expect(soon).toBeHidden();
  await expectNoDialogs(page);
});
