/**
 * What a browser shows of a JupyterLab without jupyter-restart when supervisord restarts it:
 *
 *     PYTHON=… node bench/vanilla.mjs [RESTARTS]
 *
 * A notebook whose kernel holds a variable is open in Chromium. The times are from the order to supervisord on: until
 * the server answers, until JupyterLab shows its dialog, and until a cell runs again for a user who does at once
 * whatever the dialogs offer. Needs supervisord in the environment of $PYTHON (`pip install supervisor`), Chromium
 * ($CHROMIUM) and `npm ci` in labextension.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { chromium } from '../labextension/node_modules/@playwright/test/index.mjs';

const PYTHON = process.env.PYTHON ?? 'python3';
const RESTARTS = Number(process.argv[2] ?? 3);
const LIMIT_MS = 120_000;
const STEP_MS = 20;
const TOKEN = 'bench';
const OURS = 'jupyter-restart';

const folder = mkdtempSync(path.join(tmpdir(), 'vanilla-'));
const bin = path.dirname(PYTHON);
const port = await freePort();
const base = `http://127.0.0.1:${port}`;
const config = path.join(folder, 'supervisord.conf');

function freePort() {
  return new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port: free } = server.address();
      server.close(() => resolve(free));
    });
  });
}

/** A JupyterLab in folders of its own, in which our extensions are off. */
function prepare() {
  const labconfig = path.join(folder, 'config', 'labconfig');
  mkdirSync(labconfig, { recursive: true });
  mkdirSync(path.join(folder, 'root'));
  writeFileSync(path.join(labconfig, 'page_config.json'), JSON.stringify({ disabledExtensions: { [OURS]: true } }));
  const cell = { id: 'a', cell_type: 'code', execution_count: null, metadata: {}, outputs: [], source: 'kept = 41' };
  const kernelspec = { name: 'python3', display_name: 'Python 3', language: 'python' };
  const notebook = { cells: [cell], metadata: { kernelspec }, nbformat: 4, nbformat_minor: 5 };
  writeFileSync(path.join(folder, 'root', 'n.ipynb'), JSON.stringify(notebook));
  const command = [
    ...[PYTHON, '-m', 'jupyterlab', '--no-browser', '--allow-root', `--ServerApp.port=${port}`],
    ...['--ServerApp.port_retries=0', `--ServerApp.root_dir=${folder}/root`, `--IdentityProvider.token=${TOKEN}`],
    ...['--LabApp.expose_app_in_browser=True', `--ServerApp.jpserver_extensions="{'jupyter_restart': False}"`]
  ].join(' ');
  const sections = [
    `[supervisord]\nnodaemon=true\nuser=root\nlogfile=${folder}/log\npidfile=${folder}/pid`,
    '[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface',
    `[unix_http_server]\nfile=${folder}/sock`,
    `[supervisorctl]\nserverurl=unix://${folder}/sock`,
    `[program:lab]\ncommand=${command}\nstartsecs=0\nstdout_logfile=${folder}/lab.log\nredirect_stderr=true`
  ];
  writeFileSync(config, `${sections.join('\n')}\n`);
}

async function kernels() {
  const answer = await fetch(`${base}/api/kernels?token=${TOKEN}`).catch(() => null);
  return answer?.ok ? (await answer.json()).map(kernel => kernel.id) : null;
}

async function until(what, condition) {
  const start = performance.now();
  for (;;) {
    const value = await condition();
    if (value) {
      return value;
    }
    if (performance.now() - start > LIMIT_MS) {
      throw new Error(`no ${what} within ${LIMIT_MS / 1000} s`);
    }
    await sleep(STEP_MS);
  }
}

/** Run code as a user does who presses Run again and again until there is an answer, and takes what dialogs offer. */
async function runUntilAnswered(page, mark, code) {
  await until('answer of a cell', async () => {
    const dialog = page.locator('.jp-Dialog .jp-mod-accept').last();
    if (await dialog.isVisible()) {
      await dialog.click({ timeout: 1000 }).catch(() => null);
      return false;
    }
    await page.evaluate(source => {
      const panel = [...window.jupyterapp.shell.widgets('main')].find(widget => widget.context?.path === 'n.ipynb');
      panel?.content.model?.cells.get(0).sharedModel.setSource(source);
      void window.jupyterapp.commands.execute('notebook:run-cell');
    }, `${code}\nprint('${mark}', globals().get('kept'))`);
    await sleep(250);
    return page
      .locator('.jp-OutputArea-output', { hasText: mark })
      .first()
      .isVisible();
  });
  return page.locator('.jp-OutputArea-output', { hasText: mark }).first().innerText();
}

async function measure(page, round) {
  await runUntilAnswered(page, `before-${round}`, 'kept = 41');
  await page.evaluate(() => {
    window.dialog = null;
    new MutationObserver(() => {
      const text = document.querySelector('.jp-Dialog-header')?.textContent;
      window.dialog ??= text ? { at: performance.timeOrigin + performance.now(), text } : null;
    }).observe(document, { childList: true, subtree: true });
  });
  const before = await kernels();
  const ordered = performance.timeOrigin + performance.now();
  const order = spawn(path.join(bin, 'supervisorctl'), ['-c', config, 'restart', 'lab'], { stdio: 'ignore' });
  const ended = new Promise(resolve => order.on('exit', resolve));
  await until('end of the server', async () => (await kernels()) === null);
  const after = await until('answer of the server', kernels);
  const answered = performance.timeOrigin + performance.now();
  const answer = await runUntilAnswered(page, `round-${round}`, '');
  const usable = performance.timeOrigin + performance.now();
  await ended;
  const dialog = await page.evaluate(() => window.dialog);
  const seconds = moment => `${((moment - ordered) / 1000).toFixed(1)} s`;
  const lost = before.filter(id => !after.includes(id)).length;
  const shown = dialog ? `${seconds(dialog.at)}: ${dialog.text}` : 'none';
  console.log(`| ${seconds(answered)} | ${shown} | ${lost} of ${before.length} | ${seconds(usable)} | ${answer.includes('41') ? 'kept' : 'lost'} |`);
}

prepare();
const supervisord = spawn(path.join(bin, 'supervisord'), ['-c', config], {
  cwd: folder,
  stdio: 'ignore',
  env: { ...process.env, JUPYTER_CONFIG_DIR: path.join(folder, 'config'), JUPYTER_RUNTIME_DIR: path.join(folder, 'run') }
});
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-sync']
});
try {
  await until('JupyterLab', kernels);
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.goto(`${base}/lab/tree/n.ipynb?token=${TOKEN}&reset`);
  await page.waitForFunction(() => window.jupyterapp?.restored.then(() => true));
  console.log('| server answers | dialog | kernels lost | a cell runs | its variable |\n|---|---|---|---|---|');
  for (let round = 1; round <= RESTARTS; round++) {
    await measure(page, round);
  }
} finally {
  await browser.close();
  execFileSync(path.join(bin, 'supervisorctl'), ['-c', config, 'shutdown'], { stdio: 'ignore' });
  await new Promise(resolve => supervisord.on('exit', resolve));
  rmSync(folder, { recursive: true, force: true });
}
