import { readFile } from 'node:fs/promises';

import { expect, test } from '@playwright/test';

import { Lab } from './lab';
import { writeNotebook } from './notebook';
import {
  execute,
  expectNoDialogs,
  kernelIsIdle,
  linesOfTerminal,
  openLab,
  openNotebook,
  openPanel,
  outputOf,
  runCell,
  typeInTerminal,
  watchForDialogs
} from './page';

const LOOP = [
  'import time',
  'for i in range(150):',
  '    print("line", i, flush=True)',
  '    time.sleep(0.05)'
].join('\n');

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

test('a server at a unix socket is restarted, and comes back there when it is killed', async ({
  page
}) => {
  const lab = await Lab.start({ isAtSocket: true });
  try {
    await writeNotebook(lab.file('work.ipynb'), [`x = 42\n${LOOP}`, 'x']);
    await watchForDialogs(page);
    await openLab(page, lab.url);
    await openNotebook(page, 'work.ipynb');
    await execute(page, 'terminal:create-new', { name: '1' });
    await typeInTerminal(
      page,
      'for i in $(seq 0 149); do echo line-$i; sleep 0.05; done; echo > end'
    );
    await openNotebook(page, 'work.ipynb');
    void runCell(page, 'work.ipynb', 0);
    await expect.poll(() => outputOf(page, 'work.ipynb', 0)).toContain('line 20\n');
    await lab.restart();
    const { restarts } = await lab.app();
    const serving = await lab.servingBehindFront();
    await expect.poll(() => outputOf(page, 'work.ipynb', 0)).toContain('line 100\n');
    process.kill(serving, 'SIGKILL');
    await lab.restarted(restarts + 1);
    await expect.poll(() => outputOf(page, 'work.ipynb', 0)).toBe(lines('line '));
    await kernelIsIdle(page, 'work.ipynb');
    await runCell(page, 'work.ipynb', 1);
    expect(await outputOf(page, 'work.ipynb', 1)).toBe('42');
    await expect.poll(() => lab.text('end')).toBe('\n');
    const shown = (await linesOfTerminal(page)).filter(line => /^line-\d+$/.test(line));
    expect(shown.map(line => `${line}\n`).join('')).toBe(lines('line-'));
    await expectNoDialogs(page);
  } finally {
    await lab.stop();
  }
});

function lines(head: string): string {
  return Array.from({ length: 150 }, (_, index) => `${head}${index}\n`).join('');
}

async function isAlive(pid: number | undefined): Promise<boolean> {
  // Of a child that nobody has waited for yet only the state is left.
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z');
  return !/\) [ZX]/.test(stat);
}
