import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

import { execute, openLab, openPanel } from './page';
import {
  answerWith,
  FAILED,
  JUPYTERLAB,
  RESTARTING,
  schemas,
  snapshotOf,
  WAITING
} from './service';
import { test } from './test';

const POSTPONED = {
  ...JUPYTERLAB,
  next_restart: '2026-11-24T06:30:00Z',
  remaining_s: 19_800,
  notes: [{ code: 'in_place_off', message: 'Restart in place is off.', advice: 'Put that right.' }]
};
const PROBLEM = { ...schemas.Problem.example, status: 503, code: 'service_not_running' };
const PLAN = {
  apps: [
    {
      name: 'jupyterlab',
      fires: ['2026-11-24T06:00:00Z'],
      steps: [{ step: 'draining', what: 'Documents are saved', deadline_s: 30 }],
      blocked_by: ['a cell is running']
    }
  ]
};
const APPS = [JUPYTERLAB, RESTARTING, WAITING, { ...POSTPONED, name: 'other' }, FAILED];
const STATES = [
  ['with apps in each state', 200, snapshotOf(...APPS)],
  ['without apps', 200, snapshotOf()],
  ['without the service', 503, PROBLEM]
] as const;

for (const theme of ['Light', 'Dark']) {
  test(`axe finds nothing in the panel, ${theme.toLowerCase()}`, async ({ page, lab }) => {
    await answerWith(page, 200, snapshotOf());
    await page.route('**/prompts', route => route.fulfill({ json: schemas.PromptsKept.example }));
    await openLab(page, lab.url);
    await execute(page, 'apputils:change-theme', { theme: `JupyterLab ${theme}` });
    await expect(page.locator('body')).toHaveAttribute(
      'data-jp-theme-light',
      String(theme === 'Light')
    );
    const found: Record<string, string[]> = {};
    for (const [name, status, body] of STATES) {
      await answerWith(page, status, body);
      await openLab(page, lab.urlAgain);
      const panel = await openPanel(page);
      await expect(panel.getByText('Asking the restart service')).toBeHidden();
      for (const remark of await panel.locator('summary').all()) {
        await remark.click();
      }
      found[name] = await violations(page, '.jp-Restart');
    }
    await answerWith(page, 200, snapshotOf(JUPYTERLAB));
    await page.route('**/restart/v1/plan*', route => route.fulfill({ status: 200, json: PLAN }));
    await openLab(page, lab.urlAgain);
    const panel = await openPanel(page);
    found['its place in the window'] = await violations(page, '.jp-Restart-statusItem');
    await panel.getByRole('button', { name: 'Choose for how long' }).click();
    found['the choice of a time'] = await violations(page, '.lm-Menu');
    await page.keyboard.press('Escape');
    await panel.getByRole('button', { name: 'Plan' }).click();
    await expect(page.getByRole('heading', { name: 'What a restart would do now' })).toBeVisible();
    found['the plan'] = await violations(page, '.jp-Restart-plan');
    await execute(page, 'apputils:change-theme', { theme: 'JupyterLab Light' });
    expect(found).toEqual(Object.fromEntries(Object.keys(found).map(name => [name, []])));
  });
}

/** What axe finds wrong within an element: the rule, and the parts of the page. */
async function violations(page: Page, within: string): Promise<string[]> {
  // JupyterLab's body has no height and hides what overflows it: axe would take all text for hidden.
  await page.addStyleTag({ content: 'html, body { height: 100vh; }' });
  const { violations: found, passes } = await new AxeBuilder({ page }).include(within).analyze();
  expect(passes.map(({ id }) => id)).toContain('color-contrast');
  return found.flatMap(({ id, nodes }) =>
    nodes.map(node => `${id}: ${node.html} (${node.any.concat(node.all, node.none)[0]?.message})`)
  );
}
