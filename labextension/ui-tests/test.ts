import { test as base } from '@playwright/test';

import { Lab } from './lab';

/** Playwright's `test` with one real JupyterLab, started at first need and stopped after the last test. */
export const test = base.extend<object, { lab: Lab }>({
  lab: [
    async ({}, use) => {
      const lab = await Lab.start();
      await use(lab);
      await lab.stop();
    },
    { scope: 'worker', timeout: 240_000 }
  ]
});
