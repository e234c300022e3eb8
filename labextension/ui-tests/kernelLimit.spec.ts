import { expect } from '@playwright/test';

import { writeNotebook } from './notebook';
import {
  expectNoDialogs,
  expectTold,
  kernelIsIdle,
  kernelOf,
  notification,
  openLab,
  openNotebook,
  outputOf,
  runCell,
  watchForDialogs
} from './page';
import { test } from './test';

test('a kernel above its limit can be put off, and is restarted in its tab', async ({
  page,
  lab
}) => {
  const cells = ['hoard = bytearray(b"1") * (300 << 20)\nprint("full")', 'print("hoard" in dir())'];
  await writeNotebook(lab.file('big.ipynb'), cells);
  await lab.configure('[app.jupyterlab]\nkernel_memory_limit = "250MB"\n');
  await watchForDialogs(page);
  await openLab(page, lab.url);
  await openNotebook(page, 'big.ipynb');
  const kernel = await kernelOf(page, 'big.ipynb');
  await runCell(page, 'big.ipynb', 0);

  const told = notification(
    page,
    /The kernel of big\.ipynb has \d+ MB of memory, its limit is 250 MB/
  );
  await told.getByRole('button', { name: 'Postpone' }).click();
  await expectTold(page, /put off for 30m/);
  await expect(told).toBeHidden();
  expect((await lab.lastEvent('kernel.postponed'))?.data).toEqual({
    kernel_id: kernel,
    duration_s: 1800
  });
  // What it printed was saved with the notice.
  expect(await lab.text('big.ipynb')).toContain('full');

  // It is left alone while it is in use, and that it was counts for a few seconds.
  await expect
    .poll(
      async () => {
        await lab.orderKernels('200MB');
        return await lab.lastEvent('kernel.restarted');
      },
      { intervals: [2_000], timeout: 60_000 }
    )
    .toBeTruthy();
  await expectTold(page, /big\.ipynb was restarted at \d+ MB: its variables are gone/);
  await kernelIsIdle(page, 'big.ipynb');
  expect(await kernelOf(page, 'big.ipynb')).toBe(kernel);
  expect(await outputOf(page, 'big.ipynb', 0)).toBe('full\n');
  await runCell(page, 'big.ipynb', 1);
  expect(await outputOf(page, 'big.ipynb', 1)).toBe('False\n');
  await expectNoDialogs(page);
  await lab.configure('');
  await lab.endSessions();
});
