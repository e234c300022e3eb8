import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { expect } from '@playwright/test';

import type { Snapshot } from '../src/api/types';

const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 15_000;

/** A real JupyterLab with a restart service of its own, in folders of its own. */
export class Lab {
  private constructor(
    private readonly python: string,
    private readonly folder: string,
    private readonly environment: NodeJS.ProcessEnv,
    private readonly child: ChildProcess,
    private readonly base: string,
    private readonly token: string
  ) {}

  /** Start one with the Python of `$JUPYTER_RESTART_TEST_PYTHON`, and wait until the service knows it. */
  static async start(): Promise<Lab> {
    const python = process.env.JUPYTER_RESTART_TEST_PYTHON;
    if (!python) {
      throw new Error(
        'JUPYTER_RESTART_TEST_PYTHON names no Python with JupyterLab and jupyter-restart in it: run ./test.sh browser'
      );
    }
    const folder = await mkdtemp(path.join(tmpdir(), 'restart-ui-'));
    const environment = await makeEnvironment(folder);
    const token = randomBytes(16).toString('hex');
    const port = await freePort();
    const log = createWriteStream(path.join(folder, 'lab.log'));
    const child = spawn(python, labCommand(path.join(folder, 'root'), port, token), {
      cwd: path.join(folder, 'root'),
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe']
    });
    child.stdout.pipe(log);
    child.stderr.pipe(log);
    const lab = new Lab(python, folder, environment, child, `http://127.0.0.1:${port}`, token);
    try {
      await expect
        .poll(() => lab.states(), {
          message: 'JupyterLab is known to the service',
          timeout: START_LIMIT_MS
        })
        .toEqual(['running']);
    } catch (error) {
      process.stderr.write(await lab.log());
      await lab.stop();
      throw error;
    }
    return lab;
  }

  /** The address to open. */
  get url(): string {
    return `${this.base}/lab?token=${this.token}&reset`;
  }

  /** The address to open, with the layout that was left. */
  get urlAgain(): string {
    return `${this.base}/lab`;
  }

  /** A file below the root folder. */
  file(name: string): string {
    return path.join(this.folder, 'root', name);
  }

  /** A file's text; empty where it is not there. */
  async text(name: string): Promise<string> {
    return readFile(this.file(name), 'utf8').catch(() => '');
  }

  /** What the service says, by way of the server. */
  async snapshot(): Promise<Snapshot> {
    const response = await fetch(`${this.base}/restart/v1/apps`, {
      headers: { Authorization: `token ${this.token}` },
      signal: AbortSignal.timeout(5_000)
    });
    return (await response.json()) as Snapshot;
  }

  /** When the service restarts JupyterLab next, in ms of the wall clock. */
  async nextRestart(): Promise<number> {
    const { apps } = await this.snapshot();
    return Date.parse(apps[0]?.next_restart ?? '');
  }

  /** What the server has printed. */
  async log(): Promise<string> {
    return readFile(path.join(this.folder, 'lab.log'), 'utf8');
  }

  /** End the server and its service, and remove all files. */
  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const exited = once(this.child, 'exit');
      this.child.kill('SIGTERM');
      const late = setTimeout(() => this.child.kill('SIGKILL'), STOP_LIMIT_MS);
      await exited;
      clearTimeout(late);
    }
    const home = this.environment.JUPYTER_RESTART_HOME ?? '';
    await promisify(execFile)(
      this.python,
      ['-m', 'jupyter_restart', '--home', home, 'service', 'stop'],
      { env: this.environment }
    ).catch((error: unknown) =>
      process.stderr.write(`The service was not stopped: ${String(error)}\n`)
    );
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }

  private async states(): Promise<string[]> {
    try {
      return (await this.snapshot()).apps.map(app => app.state);
    } catch {
      return [];
    }
  }
}

function labCommand(root: string, port: number, token: string): string[] {
  return [
    '-m',
    'jupyterlab',
    '--no-browser',
    '--allow-root',
    '--ServerApp.ip=127.0.0.1',
    `--ServerApp.port=${port}`,
    '--ServerApp.port_retries=0',
    `--ServerApp.root_dir=${root}`,
    `--IdentityProvider.token=${token}`,
    '--LabApp.expose_app_in_browser=True'
  ];
}

async function makeEnvironment(folder: string): Promise<NodeJS.ProcessEnv> {
  const at = (name: string): string => path.join(folder, name);
  const settings = path.join(at('config'), 'lab/user-settings/@jupyterlab/apputils-extension');
  for (const name of [at('home'), at('root'), at('data'), at('runtime'), settings]) {
    await mkdir(name, { recursive: true });
  }
  // No question about news from the web.
  const notification = { fetchNews: 'false', checkForUpdates: false };
  await writeFile(
    path.join(settings, 'notification.jupyterlab-settings'),
    JSON.stringify(notification)
  );
  const environment: NodeJS.ProcessEnv = {
    ...process.env,
    HOME: at('home'),
    SHELL: '/bin/bash',
    JUPYTER_CONFIG_DIR: at('config'),
    JUPYTER_DATA_DIR: at('data'),
    JUPYTER_RUNTIME_DIR: at('runtime'),
    JUPYTER_RESTART_HOME: at('service')
  };
  delete environment.JUPYTER_TOKEN;
  return environment;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') {
    throw new Error('No free port was found on 127.0.0.1.');
  }
  return address.port;
}
