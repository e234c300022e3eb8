import { chmod } from 'node:fs/promises';

import { expect } from '@playwright/test';

import { expectNoDialogs, notification, openLab, typeIntoFile, watchForDialogs } from './page';
import { test } from './test';

test.beforeEach(async ({ page }) => {
  await watchForDialogs(page);
});

test.afterEach(async ({ page }) => {
  await expectNoDialogs(page);
});

test('what could not be saved is named, and is still in its tab', async ({ page, lab }) => {
  await lab.write('changed.txt', 'old');
  await lab.write('locked.txt', 'old');
  await openLab(page, lab.url);
  await typeIntoFile(page, 'changed.txt', ' and mine');
  await lab.write('changed.txt', 'of another program');
  await typeIntoFile(page, 'locked.txt', ' and mine');
  await chmod(lab.file('locked.txt'), 0o444);
  await lab.write('fine.txt', '');
  await typeIntoFile(page, 'fine.txt', 'mine');
  await lab.restart();

  const told = notification(page, /Not saved: .*changed\.txt \(it was changed on disk meanwhile\)/);
  await expect(told).toContainText('locked.txt (it is read-only)');
  expect((await lab.lastEvent('restart.completed'))?.data.unsaved).toEqual([
    { path: 'changed.txt', why: 'it was changed on disk meanwhile' },
    { path: 'locked.txt', why: 'it is read-only' }
  ]);
  expect(await lab.text('changed.txt')).toBe('of another program');
  expect(await lab.text('locked.txt')).toBe('old');
  expect(await lab.text('fine.txt')).toBe('mine');
  await expect(page.locator('.jp-FileEditor .cm-content', { hasText: 'old and mine' })).toHaveCount(
    2
  );
});

test('the tabs of two browsers save what they have', async ({ page, browser, lab }) => {
  const other = await browser.newContext();
  const pages = [page, await other.newPage()];
  for (const [index, each] of pages.entries()) {
    await watchForDialogs(each);
    await lab.write(`tab-${index}.txt`, '');
    await openLab(each, lab.url);
    await typeIntoFile(each, `tab-${index}.txt`, `of tab ${index}`);
  }
  await lab.restart();
  for (const [index, each] of pages.entries()) {
    expect(await lab.text(`tab-${index}.txt`)).toBe(`of tab ${index}`);
    await expectNoDialogs(each);
  }
  const { documents, unsaved } = (await lab.lastEvent('restart.completed'))?.data ?? {};
  expect([documents, unsaved]).toEqual([2, []]);
  await other.close();
});

test('documents that cannot be saved hold a restart back where that is set', async ({
  page,
  lab
}) => {
  await lab.configure('[app.jupyterlab]\nunsaved = "hold"\n');
  await lab.write('held.txt', 'old');
  await openLab(page, lab.url);
  await typeIntoFile(page, 'held.txt', ' and mine');
  await chmod(lab.file('held.txt'), 0o444);
  const { restarts } = await lab.app();
  await lab.order();
  const held = notification(page, /Not restarted, save or close first: held\.txt \(it is read/);
  await expect(held).toBeVisible();
  const { state, restarts: after } = await lab.app();
  expect([state, after]).toEqual(['running', restarts]);

  await chmod(lab.file('held.txt'), 0o644);
  await held.getByRole('button', { name: 'Restart now' }).click();
  await lab.restarted(restarts + 1);
  expect(await lab.text('held.txt')).toBe('old and mine');
  await lab.configure('');
});
