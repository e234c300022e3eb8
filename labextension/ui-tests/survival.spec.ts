import { expect } from '@playwright/test';

import { RESTART_LIMIT_MS } from './lab';
import { writeNotebook } from './notebook';
import {
  execute,
  expectNoDialogs,
  kernelIsIdle,
  kernelOf,
  linesOfTerminal,
  openLab,
  openNotebook,
  openPanel,
  outputOf,
  runCell,
  typeInTerminal,
  watchForDialogs
} from './page';
import { test } from './test';

const LINES = Array.from({ length: 100 }, (_, index) => `line ${index}\n`).join('');
const LOOP = [
  'import time',
  'for i in range(100):',
  '    print("line", i, flush=True)',
  '    time.sleep(0.05)'
].join('\n');
const ASK = 'name = input("name? ")\nprint("hello", name)';

/** Waits for the moment in which the server that has been told to restart does not answer, or for that it has been. */
const WAIT_FOR_GAP = [
  'import http.client, os, time',
  'from pathlib import Path',
  'from jupyter_restart.client import ControlClient',
  'service = ControlClient(Path(os.environ["JUPYTER_RESTART_HOME"]))',
  'before = RESTARTS',
  'def begins():',
  '    app = service.app("jupyterlab")',
  '    at = app["restart"] and app["restart"]["step"]',
  '    return at == "starting" or app["restarts"] != before',
  'def answers():',
  '    server = http.client.HTTPConnection("127.0.0.1", PORT, timeout=0.03)',
  '    try:',
  '        server.request("GET", "/api")',
  '        return server.getresponse().status == 200',
  '    except OSError:',
  '        return False',
  '    finally:',
  '        server.close()',
  'while not begins():',
  '    time.sleep(0.02)',
  'while answers() and service.app("jupyterlab")["restarts"] == before:',
  '    time.sleep(0.01)'
].join('\n');

const SLIDER = [
  'import ipywidgets',
  'slider = ipywidgets.IntSlider(value=3)',
  'label = ipywidgets.Label("at 3")',
  'slider.observe(lambda change: setattr(label, "value", f"at {change.new}"), "value")',
  'ipywidgets.VBox([slider, label])'
].join('\n');

test.beforeEach(async ({ page }) => {
  await watchForDialogs(page);
});

test.afterEach(async ({ page, lab }) => {
  await expectNoDialogs(page);
  await lab.endSessions();
});

test.describe('a prompt for input', () => {
  for (const [moment, wait] of [
    ['before', ''],
    ['in', WAIT_FOR_GAP],
    ['after', 'import os, time\nwhile not os.path.exists("go.txt"):\n    time.sleep(0.02)']
  ] as const) {
    test(`opened ${moment} the gap can be answered`, async ({ page, lab }) => {
      const path = `asks-${moment}.ipynb`;
      const { port, restarts } = await lab.app();
      const code = wait.replace('PORT', String(port)).replace('RESTARTS', String(restarts));
      const cell = `${code}\n${ASK}`;
      await writeNotebook(lab.file(path), [cell, 'name * 2']);
      await openLab(page, lab.url);
      await openNotebook(page, path);
      // Resolves when all cells have run.
      void execute(page, 'notebook:run-all-cells');
      const prompt = page.locator('.jp-Stdin-input');
      if (moment === 'before') {
        await expect(prompt).toBeVisible();
      } else {
        await expect.poll(() => lab.kernelStates()).toEqual(['busy']);
      }
      await lab.restart();
      await lab.write('go.txt', '');
      await expect(prompt).toBeVisible();
      await prompt.fill('Ada');
      await prompt.press('Enter');
      await expect.poll(() => outputOf(page, path, 1)).toBe("'AdaAda'");
      expect(await outputOf(page, path, 0)).toContain('hello Ada\n');
    });
  }
});

test('a widget stays live in both directions', async ({ page, lab }) => {
  await writeNotebook(lab.file('slider.ipynb'), [SLIDER, 'slider.value = 7']);
  await openLab(page, lab.url);
  await openNotebook(page, 'slider.ipynb');
  await runCell(page, 'slider.ipynb', 0);
  const label = page.locator('.jp-OutputArea').getByText(/^at \d$/);
  await expect(label).toHaveText('at 3');
  await lab.restart();
  await kernelIsIdle(page, 'slider.ipynb');
  await page.getByRole('slider').focus();
  await page.keyboard.press('ArrowRight');
  await expect(label).toHaveText('at 4');
  await runCell(page, 'slider.ipynb', 1);
  await expect(label).toHaveText('at 7');
  await expect(page.getByRole('slider')).toHaveAttribute('aria-valuenow', '7.0');
});

test('a crash in the middle of a cell goes by where a server stands by', async ({ page, lab }) => {
  await lab.configure('[app.jupyterlab]\nstandby = "always"\n');
  await writeNotebook(lab.file('crash.ipynb'), ['x = 42', LOOP, 'x']);
  await openLab(page, lab.url);
  await openNotebook(page, 'crash.ipynb');
  await runCell(page, 'crash.ipynb', 0);
  await expect
    .poll(async () => (await lab.app()).standby_pid, { timeout: RESTART_LIMIT_MS })
    .not.toBeNull();
  await execute(page, 'terminal:create-new', { name: '1' });
  await typeInTerminal(page, 'for i in $(seq 100); do echo line-$i; done; echo $$ > shell.txt');
  await expect.poll(() => lab.text('shell.txt')).toMatch(/^\d+\n$/);
  await openNotebook(page, 'crash.ipynb');
  const { serving_pid: serving, pid, restarts } = await lab.app();
  void runCell(page, 'crash.ipynb', 1);
  await expect.poll(() => outputOf(page, 'crash.ipynb', 1)).toContain('line 20\n');
  process.kill(serving ?? NaN, 'SIGKILL');
  await lab.restarted(restarts + 1);
  await expect.poll(() => outputOf(page, 'crash.ipynb', 1)).toBe(LINES);
  await runCell(page, 'crash.ipynb', 2);
  expect(await outputOf(page, 'crash.ipynb', 2)).toBe('42');
  const { last_reason: reason, pid: after } = await lab.app();
  expect([reason, after]).toEqual(['crash', pid]);
  await page.getByRole('tab', { name: 'Terminal 1' }).click();
  await typeInTerminal(page, 'echo $$ > shell-after.txt');
  await expect.poll(() => lab.text('shell-after.txt')).toBe(await lab.text('shell.txt'));
  const shown = (await linesOfTerminal(page)).filter(line => /^line-\d+$/.test(line));
  expect(shown).toEqual(Array.from({ length: 100 }, (_, index) => `line-${index + 1}`));
  await lab.configure('');
});

test('two tabs go on with one notebook', async ({ page, context, lab }) => {
  await writeNotebook(lab.file('shared.ipynb'), ['x = 42', LOOP, 'x', 'x + 1']);
  await openLab(page, lab.url);
  await openNotebook(page, 'shared.ipynb');
  await runCell(page, 'shared.ipynb', 0);
  const second = await context.newPage();
  await watchForDialogs(second);
  await openLab(second, lab.urlAgain);
  await openNotebook(second, 'shared.ipynb');
  void runCell(page, 'shared.ipynb', 1);
  await expect.poll(() => outputOf(page, 'shared.ipynb', 1)).toContain('line 20\n');
  await lab.restart();
  await expect.poll(() => outputOf(page, 'shared.ipynb', 1)).toBe(LINES);
  await kernelIsIdle(second, 'shared.ipynb');
  await runCell(second, 'shared.ipynb', 3);
  expect(await outputOf(second, 'shared.ipynb', 3)).toBe('43');
  await runCell(page, 'shared.ipynb', 2);
  expect(await outputOf(page, 'shared.ipynb', 2)).toBe('42');
  await expectNoDialogs(second);
});

for (const moment of ['in', 'right after'] as const) {
  test(`a page that is reloaded ${moment} the gap finds its kernel as it was`, async ({
    page,
    lab
  }) => {
    const path = `reloaded-${moment.replace(' ', '-')}.ipynb`;
    await writeNotebook(lab.file(path), ['x = 42\nx', 'x + 1']);
    await openLab(page, lab.url);
    await openNotebook(page, path);
    await runCell(page, path, 0);
    const kernel = await kernelOf(page, path);
    await openPanel(page);
    const { restarts } = await lab.app();
    const started = async (): Promise<number | undefined> =>
      (await lab.lastEvent('restart.starting'))?.seq;
    const before = await started();
    await lab.order();
    if (moment === 'in') {
      // The panel says so too, but only to those who look in time.
      await expect.poll(started).not.toBe(before);
    } else {
      await lab.restarted(restarts + 1);
    }
    await openLab(page, lab.urlAgain);
    await lab.restarted(restarts + 1);
    await kernelIsIdle(page, path);
    expect(await kernelOf(page, path)).toBe(kernel);
    // What was there before has been saved by the restart.
    expect(await outputOf(page, path, 0)).toBe('42');
    await runCell(page, path, 1);
    expect(await outputOf(page, path, 1)).toBe('43');
  });
}

test('a terminal goes on where it was, and shows each line once', async ({ page, lab }) => {
  await openLab(page, lab.url);
  await execute(page, 'terminal:create-new', { name: '1' });
  await typeInTerminal(
    page,
    'for i in $(seq 100); do echo line-$i; sleep 0.05; done; echo $$ > ran.txt'
  );
  await expect.poll(() => linesOfTerminal(page)).toContain('line-20');
  await lab.restart();
  await expect.poll(() => lab.text('ran.txt')).toMatch(/^\d+\n$/);
  const shown = (await linesOfTerminal(page)).filter(line => /^line-\d+$/.test(line));
  expect(shown).toEqual(Array.from({ length: 100 }, (_, index) => `line-${index + 1}`));
  await typeInTerminal(page, 'echo $$ > again.txt');
  await expect.poll(() => lab.text('again.txt')).toBe(await lab.text('ran.txt'));
});

test('what is typed into a terminal during a restart arrives, each key once', async ({
  page,
  lab
}) => {
  const typed = Array.from({ length: 400 }, (_, index) => (index % 10).toString()).join('');
  await openLab(page, lab.url);
  await execute(page, 'terminal:create-new', { name: '1' });
  await typeInTerminal(page, 'stty -icanon; echo > ready.txt; cat > typed.txt');
  await expect.poll(() => lab.text('ready.txt')).toBe('\n');
  await Promise.all([page.keyboard.type(typed, { delay: 10 }), lab.restart()]);
  await expect.poll(() => lab.text('typed.txt')).toBe(typed);
});

test('what is typed into a cell during a restart is there, and saved, each key once', async ({
  page,
  lab
}) => {
  const typed = Array.from({ length: 400 }, (_, index) => (index % 10).toString()).join('');
  await writeNotebook(lab.file('typed.ipynb'), ['']);
  await openLab(page, lab.url);
  await openNotebook(page, 'typed.ipynb');
  const cell = page.locator('.jp-Notebook:visible .jp-CodeCell .cm-content');
  await cell.click();
  await Promise.all([page.keyboard.type(typed, { delay: 10 }), lab.restart()]);
  await expect(cell).toHaveText(typed);
  await expect(cell).toBeFocused();
  await execute(page, 'docmanager:save');
  await expect.poll(() => lab.text('typed.ipynb')).toContain(typed);
});
