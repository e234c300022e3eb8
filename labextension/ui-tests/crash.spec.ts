import { expect, test } from '@playwright/test';

import { Lab } from './lab';
import { writeNotebook } from './notebook';
import {
  execute,
  expectNoDialogs,
  openLab,
  openNotebook,
  outputOf,
  runCell,
  watchForDialogs
} from './page';

const LOOP = 'import time\nfor i in range(100):\n    print("line", i)\n    time.sleep(0.05)';
const LINES = Array.from({ length: 100 }, (_, index) => `line ${index}\n`).join('');

// The dialog "Server Connection Error" came where JupyterLab asked something before the next server was up.
test('a crash shows no dialog, though JupyterLab asks meanwhile', async ({ page }) => {
  const lab = await Lab.start();
  try {
    await writeNotebook(lab.file('crash.ipynb'), [LOOP]);
    await watchForDialogs(page);
    await openLab(page, lab.url);
    await openNotebook(page, 'crash.ipynb');
    void runCell(page, 'crash.ipynb', 0);
    await expect.poll(() => outputOf(page, 'crash.ipynb', 0)).toContain('line 20\n');
    const { pid } = await lab.app();
    process.kill(pid ?? NaN, 'SIGKILL');
    await lab.ended();
    await page.evaluate(async () => {
      const { sessions } = window.jupyterapp.serviceManager;
      const failure = new Promise<void>(resolve => {
        sessions.connectionFailure.connect(() => resolve());
      });
      await Promise.all([failure, sessions.refreshRunning()]);
    });
    await lab.restarted(1);
    await expect.poll(() => outputOf(page, 'crash.ipynb', 0), { timeout: 30_000 }).toBe(LINES);
    await expectNoDialogs(page);
    void execute(page, 'filemenu:shutdown');
    await page.getByRole('dialog').getByRole('button', { name: 'Shut Down' }).click();
    await expect.poll(async () => (await lab.app()).state).toBe('stopped');
  } finally {
    await lab.stop();
  }
});
