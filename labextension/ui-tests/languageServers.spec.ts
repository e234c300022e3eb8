import { expect, test } from '@playwright/test';

import { Lab } from './lab';
import { writeNotebook } from './notebook';
import { execute, expectNoDialogs, openLab, openNotebook, watchForDialogs } from './page';

type Told = [pid: number, file: string, text: string];

test('language servers are told of open documents again after a restart and a crash', async ({
  page
}) => {
  const lab = await Lab.start({ hasLanguageServer: true });
  const told = async (): Promise<Told[]> => {
    const lines = (await lab.text('told.txt')).split('\n');
    return lines.filter(Boolean).map(line => JSON.parse(line) as Told);
  };
  /** What the language server that was started last knows of a document. */
  const known = async (file: string): Promise<string | undefined> => {
    const all = await told();
    const [pid] = all.at(-1) ?? [];
    return all.filter(each => each[0] === pid && each[1] === file).at(-1)?.[2];
  };
  const expectKnown = async (file: string, text: string): Promise<void> =>
    expect.poll(() => known(file)).toBe(text);
  const pids = async (): Promise<number> => new Set((await told()).map(([pid]) => pid)).size;
  try {
    await lab.write('code.py', 'a = 1');
    await writeNotebook(lab.file('work.ipynb'), ['x = 42']);
    await watchForDialogs(page);
    await openLab(page, lab.url);
    await openNotebook(page, 'work.ipynb');
    await execute(page, 'docmanager:open', { path: 'code.py', options: { mode: 'split-right' } });
    await expectKnown('code.py', 'a = 1\n');

    await page.locator('.jp-FileEditor .cm-content').click();
    await page.keyboard.press('Control+End');
    await page.keyboard.type('2');
    await lab.restart();
    await expect.poll(pids).toBe(2);
    await expectKnown('code.py', 'a = 12\n');
    await expectKnown('work.ipynb', 'x = 42\n');

    await page.keyboard.type('3');

    const { restarts } = await lab.app();
    process.kill(await lab.servingBehindFront(), 'SIGKILL');
    await lab.restarted(restarts + 1);
    await expect.poll(pids).toBe(3);
    await expectKnown('code.py', 'a = 123\n');
    await expectNoDialogs(page);
  } finally {
    await lab.stop();
  }
});
