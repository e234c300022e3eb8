import { test as base } from '@playwright/test';

import { Lab } from './lab';

interface ITestFixtures {
  /** Says what the server and the service did in a test that fails. */
  story: null;
}

/** Playwright's `test` with one real JupyterLab, started at first need and stopped after the last test. */
export const test = base.extend<ITestFixtures, { lab: Lab }>({
  lab: [
    async ({}, use) => {
      const lab = await Lab.start();
      await use(lab);
      await lab.stop();
    },
    { scope: 'worker', timeout: 240_000 }
  ],
  story: [
    async ({ lab }, use, testInfo) => {
      await use(null);
      if (testInfo.status !== testInfo.expectedStatus) {
        process.stderr.write(await lab.story());
      }
    },
    { auto: true }
  ]
});
