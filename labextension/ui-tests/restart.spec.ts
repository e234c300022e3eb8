import path from 'node:path';

import { expect, type Locator, type Page } from '@playwright/test';

import { RESTART_LIMIT_MS } from './lab';
import { writeNotebook } from './notebook';
import {
  execute,
  expectNoDialogs,
  expectTold,
  kernelIsIdle,
  notification,
  openLab,
  openPanel,
  outputOf,
  typeInTerminal,
  watchForDialogs
} from './page';
import { test } from './test';

/** Prints until it is told to end, so that it runs through the restart however long that takes. */
const LOOP = [
  'import os, time',
  'i = 0',
  'while not os.path.exists("go.txt"):',
  '    print("line", i, flush=True)',
  '    i += 1',
  '    time.sleep(0.1)'
].join('\n');
const NOTES = 'typed, and not saved by hand';
const HALF_AN_HOUR_MS = 30 * 60_000;
const SCREENSHOT = path.resolve(__dirname, '../../docs/images/panel.png');

/** Something to look at: a curve drawn with nothing but Python. */
const PICTURE = [
  [
    'epochs = 240',
    'noise = [((e * 37) % 23) / 23 - 0.5 for e in range(epochs)]',
    'loss = [2.6 * 0.982**e + 0.12 * abs(noise[e]) for e in range(epochs)]',
    'min(loss)'
  ].join('\n'),
  [
    'from IPython.display import SVG',
    'at = [f"{20 + 2.2 * e:.0f},{230 - 78 * y:.0f}" for e, y in enumerate(loss)]',
    'points = " ".join(at)',
    'style = \'fill="none" stroke="#1976d2" stroke-width="2"\'',
    'curve = f\'<polyline points="{points}" {style}/>\'',
    'size = \'width="560" height="240"\'',
    'SVG(f\'<svg xmlns="http://www.w3.org/2000/svg" {size}>{curve}</svg>\')'
  ].join('\n')
];

let page: Page;
let app: Locator;

test.describe.configure({ mode: 'serial' });

test.beforeAll(async ({ browser, lab }) => {
  await writeNotebook(lab.file('work.ipynb'), ['x = 42', LOOP, 'x, i']);
  page = await browser.newPage();
  await watchForDialogs(page);
  await openLab(page, lab.url);
});

test.afterAll(async ({ lab }) => {
  await page.close();
  await lab.endSessions();
});

test('a restart in the middle of a running cell loses nothing', async ({ lab }) => {
  await test.step('a terminal with a variable', async () => {
    await execute(page, 'terminal:create-new');
    await typeInTerminal(page, 'export MARK=kept');
    await typeInTerminal(page, 'echo $$ $MARK > before.txt');
    await expect.poll(() => lab.text('before.txt')).toMatch(/^\d+ kept\n$/);
  });
  await test.step('a document that is not saved', async () => {
    await execute(page, 'docmanager:new-untitled', { type: 'file', ext: 'txt' });
    await execute(page, 'docmanager:open', { path: 'untitled.txt' });
    await page.locator('.jp-FileEditor:visible .cm-content').click();
    await page.keyboard.type(NOTES);
    expect(await lab.text('untitled.txt')).toBe('');
  });
  const panel = await openPanel(page);
  app = panel.getByRole('list', { name: 'Supervised apps' }).getByRole('listitem');
  await expect(app).toHaveAccessibleName('jupyterlab');
  await test.step('a cell that runs, and one in the queue behind it', async () => {
    await execute(page, 'docmanager:open', { path: 'work.ipynb' });
    await kernelIsIdle(page, 'work.ipynb');
    // Resolves when all cells have run.
    void execute(page, 'notebook:run-all-cells');
    await expect.poll(() => outputOf(page, 'work.ipynb', 1)).toContain('line 20\n');
  });

  await app.getByRole('button', { name: 'Restart now' }).click();
  const told = /JupyterLab restarted in [\d.]+ s: 1 kernel, 1 terminal, /;
  await expectTold(page, told, RESTART_LIMIT_MS);
  expect(await lab.text('untitled.txt')).toBe(NOTES);

  await lab.write('go.txt', '');
  await expect.poll(() => outputOf(page, 'work.ipynb', 2)).toMatch(/^\(42, \d+\)$/);
  const count = Number(/\d+(?=\))/.exec(await outputOf(page, 'work.ipynb', 2))?.[0]);
  const lines = Array.from({ length: count }, (_, index) => `line ${index}\n`).join('');
  expect(await outputOf(page, 'work.ipynb', 1)).toBe(lines);
  await kernelIsIdle(page, 'work.ipynb');

  await typeInTerminal(page, 'echo $$ $MARK > after.txt');
  await expect.poll(() => lab.text('after.txt')).toBe(await lab.text('before.txt'));
  await expectNoDialogs(page);
});

test('the panel shows what happened, and counts down', async () => {
  await expect(app.getByText(/^Last restart.*manual$/)).toBeVisible();
  const timer = app.getByRole('timer');
  const first = await timer.innerText();
  await expect(timer).toHaveText(/^5:\d\d:\d\d$/);
  await expect(timer).not.toHaveText(first);
  await expect(page.getByRole('button', { name: /^Restart in 5:\d\d:\d\d$/ })).toBeVisible();
});

if (process.env.UPDATE_SCREENSHOT) {
  test('the picture of the documentation is taken', async ({ lab }) => {
    await writeNotebook(lab.file('training.ipynb'), PICTURE);
    await execute(page, 'docmanager:open', { path: 'training.ipynb' });
    await kernelIsIdle(page, 'training.ipynb');
    await execute(page, 'notebook:run-all-cells');
    await execute(page, 'docmanager:save');
    await expect(notification(page, /JupyterLab restarted in /)).toBeHidden();
    await page.screenshot({ path: SCREENSHOT });
  });
}

test('postponing moves the next restart by the span', async ({ lab }) => {
  const before = await lab.nextRestart();
  await app.getByRole('button', { name: 'Postpone' }).click();
  await expect.poll(() => lab.nextRestart()).toBe(before + HALF_AN_HOUR_MS);
  await expect(app.getByRole('timer')).toHaveText(/^6:\d\d:\d\d$/);

  await app.getByRole('button', { name: 'Choose for how long' }).click();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect.poll(() => lab.nextRestart()).toBe(before + 3 * HALF_AN_HOUR_MS);
  await expect(app.getByRole('button', { name: 'Choose for how long' })).toBeFocused();
});

test('the switch is kept over a reload', async ({ lab }) => {
  const automatic = app.getByRole('switch', { name: 'Automatic restarts' });
  await expect(automatic).toBeChecked();
  await automatic.click();
  await expect(automatic).not.toBeChecked();
  await expect(app.getByRole('timer')).toBeHidden();
  await expectNoDialogs(page);

  await openLab(page, lab.urlAgain);
  await openPanel(page);
  await expect(automatic).not.toBeChecked();
  await expect(app.getByText(/^Last restart.*manual$/)).toBeVisible();
  await automatic.click();
  await expect(automatic).toBeChecked();
  await expect(app.getByRole('timer')).toHaveText(/^[67]:\d\d:\d\d$/);
  await expectNoDialogs(page);
});

test('the plan of a restart opens in a tab', async () => {
  await app.getByRole('button', { name: 'Plan' }).click();
  const plan = page.getByRole('tabpanel', { name: 'Restart plan: JupyterLab' });
  await expect(plan.getByRole('table')).toContainText('saving documents');
  await expect(plan.getByRole('listitem')).toHaveCount(5);
});
