import { defineConfig } from '@playwright/test';

/** One browser and one JupyterLab: the tests share a machine that may be small. */
export default defineConfig({
  testDir: '.',
  outputDir: 'test-results',
  fullyParallel: false,
  workers: 1,
  retries: 0,
  forbidOnly: true,
  timeout: 300_000,
  expect: { timeout: 30_000 },
  reporter: 'list',
  projects: [
    { name: 'ui', testIgnore: 'versions.spec.ts' },
    // In an environment for each version: scripts/version_matrix.py.
    { name: 'versions', testMatch: 'versions.spec.ts' }
  ],
  use: {
    browserName: 'chromium',
    headless: true,
    viewport: { width: 1280, height: 800 },
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-sync'
      ]
    }
  }
});
