import { readFile } from 'node:fs/promises';

import { expect, test } from '@playwright/test';

import { Lab } from './lab';
import { writeNotebook } from './notebook';
import {
  execute,
  expectNoDialogs,
  kernelIsIdle,
  openLab,
  openNotebook,
  openPanel,
  outputOf,
  runCell,
  watchForDialogs
} from './page';

test.use({ ignoreHTTPSErrors: true });

test('a server below a path, by HTTPS, is restarted; Shut Down ends its kernels', async ({
  page
}) => {
  const lab = await Lab.start({ basePath: '/user/ada/', isSecure: true });
  try {
    await writeNotebook(lab.file('work.ipynb'), ['x = 42', 'x']);
    await watchForDialogs(page);
    await openLab(page, lab.url);
    await openNotebook(page, 'work.ipynb');
    await runCell(page, 'work.ipynb', 0);
    const app = (await openPanel(page)).getByRole('listitem', { name: 'jupyterlab' });
    await app.getByRole('button', { name: 'Restart now' }).click();
    await lab.restarted(1);
    await expect(app.getByText(/^Last restart.*manual$/)).toBeVisible();
    await kernelIsIdle(page, 'work.ipynb');
    await runCell(page, 'work.ipynb', 1);
    expect(await outputOf(page, 'work.ipynb', 1)).toBe('42');
    await expectNoDialogs(page);

    const [kernel] = await lab.kernelPids();
    expect(await isAlive(kernel)).toBe(true);
    void execute(page, 'filemenu:shutdown');
    await page.getByRole('dialog').getByRole('button', { name: 'Shut Down' }).click();
    expect(await lab.ended()).toBe(0);
    expect(await isAlive(kernel)).toBe(false);
  } finally {
    await lab.stop();
  }
});

async function isAlive(pid: number | undefined): Promise<boolean> {
  // Of a child that nobody has waited for yet only the state is left.
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z');
  return !/\) [ZX]/.test(stat);
}
