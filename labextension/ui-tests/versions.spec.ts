import { expect } from '@playwright/test';

import { IS_OF_HUB } from './lab';
import { writeNotebook } from './notebook';
import {
  execute,
  expectNoDialogs,
  expectTold,
  kernelIsIdle,
  kernelOf,
  openLab,
  outputOf,
  runCell,
  watchForDialogs
} from './page';
import { test } from './test';

/** What each version that we claim must do, JupyterLab's as well as Notebook's: `scripts/version_matrix.py`. */
test('a notebook lives through a restart, and the panel is there', async ({ page, lab }) => {
  await writeNotebook(lab.file('work.ipynb'), ['x = 42', 'x']);
  await watchForDialogs(page);
  await openLab(page, lab.notebookUrl('work.ipynb'));
  await kernelIsIdle(page, 'work.ipynb');
  await runCell(page, 'work.ipynb', 0);
  const kernel = await kernelOf(page, 'work.ipynb');

  await execute(page, 'jupyter-restart:open');
  const panel = page.getByRole('region', { name: 'Restart', exact: true });
  const app = panel.getByRole('listitem', { name: 'jupyterlab' });
  const { restarts, pid, notes } = await lab.app();
  // The Hub, or whoever has started it, knows it by its pid.
  expect(notes.some(note => note.message.includes('started by JupyterHub'))).toBe(IS_OF_HUB);
  await app.getByRole('button', { name: 'Restart now' }).click();
  await lab.restarted(restarts + 1);
  await expectTold(page, /restarted in [\d.]+ s: 1 kernel/);

  expect((await lab.app()).pid).toBe(pid);
  await kernelIsIdle(page, 'work.ipynb');
  expect(await kernelOf(page, 'work.ipynb')).toBe(kernel);
  await runCell(page, 'work.ipynb', 1);
  expect(await outputOf(page, 'work.ipynb', 1)).toBe('42');
  await expectNoDialogs(page);
});
