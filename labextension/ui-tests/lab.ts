import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { expect } from '@playwright/test';

import { Forwarder } from './forwarder';
import { Hub, HUB_PATH } from './hub';
import type { App, RestartEvent, Snapshot } from '../src/api/types';

const START_LIMIT_MS = 150_000;
/** How long a restart may take on a machine that has other things to do. */
export const RESTART_LIMIT_MS = 120_000;
const STOP_LIMIT_MS = 15_000;
const STORY_CHARACTERS = 20_000;
const LOWEST_PORT = 10_000;
const APP = process.env.JUPYTER_RESTART_TEST_APP ?? 'jupyterlab';
/** Notebook, too, has JupyterLab's parts in its pages, and runs the same extension. */
const IS_NOTEBOOK = APP === 'notebook';
export const IS_OF_HUB = APP === 'jupyterhub.singleuser';
const COMMAND = [
  '-m',
  APP,
  '--no-browser',
  '--allow-root',
  '--ServerApp.ip=127.0.0.1',
  '--ServerApp.port_retries=0',
  `--${IS_NOTEBOOK ? 'JupyterNotebookApp' : 'LabApp'}.expose_app_in_browser=True`
];

interface IEndpoint {
  port: number;
  token: string;
}

/** How a server is started, where that matters. */
export interface ILabOptions {
  /** The path below which it is served, with a slash at both ends. */
  basePath?: string;
  /** Served by HTTPS, with a certificate that nobody trusts. */
  isSecure?: boolean;
  /** Served at a unix socket, and at a port that leads to it. */
  isAtSocket?: boolean;
  /** With a language server for Python, which writes what it is told to `told.txt`. */
  hasLanguageServer?: boolean;
}

/** A real JupyterLab with a restart service of its own, in folders of its own. */
export class Lab {
  private constructor(
    private readonly python: string,
    private readonly folder: string,
    private readonly environment: NodeJS.ProcessEnv,
    private readonly child: ChildProcess,
    readonly base: string,
    private readonly token: string,
    private readonly around: (Forwarder | Hub)[]
  ) {}

  /** Start one with the Python of `$JUPYTER_RESTART_TEST_PYTHON`, and wait until the service knows it. */
  static async start(options: ILabOptions = {}): Promise<Lab> {
    const python = process.env.JUPYTER_RESTART_TEST_PYTHON;
    if (!python) {
      throw new Error(
        'JUPYTER_RESTART_TEST_PYTHON names no Python with JupyterLab and jupyter-restart in it: run ./test.sh browser'
      );
    }
    const folder = await mkdtemp(path.join(tmpdir(), 'restart-ui-'));
    const environment = await makeEnvironment(folder);
    const token = randomBytes(16).toString('hex');
    const forwarder = options.isAtSocket ? await Forwarder.to(await socketIn(folder)) : null;
    const hub = IS_OF_HUB ? await Hub.start() : null;
    const port = forwarder?.port ?? (await freePort());
    const basePath = hub ? HUB_PATH : (options.basePath ?? '/');
    const scheme = options.isSecure ? 'https' : 'http';
    const base = `${scheme}://127.0.0.1:${port}${basePath}`;
    Object.assign(environment, hub?.environment(base, token));
    const given = [
      forwarder ? `--ServerApp.sock=${await socketIn(folder)}` : `--ServerApp.port=${port}`,
      `--ServerApp.base_url=${basePath}`,
      ...(hub?.options ?? []),
      `--ServerApp.root_dir=${path.join(folder, 'root')}`,
      `--IdentityProvider.token=${token}`,
      ...(options.isSecure ? await makeCertificate(folder) : [])
    ];
    if (options.hasLanguageServer) {
      await addLanguageServer(folder, python);
    }
    const log = createWriteStream(path.join(folder, 'lab.log'));
    const [program = python, ...argv] = [...withoutCapabilities(), python, ...COMMAND, ...given];
    const child = spawn(program, argv, {
      cwd: path.join(folder, 'root'),
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe']
    });
    child.stdout.pipe(log);
    child.stderr.pipe(log);
    const around = [forwarder, hub].filter(each => each !== null);
    const lab = new Lab(python, folder, environment, child, base, token, around);
    try {
      await expect
        .poll(() => lab.states(), {
          message: 'JupyterLab is known to the service',
          timeout: START_LIMIT_MS
        })
        .toEqual(['running']);
    } catch (error) {
      process.stderr.write(await lab.story());
      await lab.stop();
      throw error;
    }
    return lab;
  }

  /** The address to open. */
  get url(): string {
    return `${this.base}lab?token=${this.token}&reset`;
  }

  /** The address at which a notebook opens. */
  notebookUrl(name: string): string {
    const page = IS_NOTEBOOK ? `notebooks/${name}?` : `lab/tree/${name}?reset&`;
    return `${this.base}${page}token=${this.token}`;
  }

  /** The address to open, with the layout that was left. */
  get urlAgain(): string {
    return `${this.base}lab`;
  }

  /** A file below the root folder. */
  file(name: string): string {
    return path.join(this.folder, 'root', name);
  }

  /** A file's text; empty where it is not there. */
  async text(name: string): Promise<string> {
    return readFile(this.file(name), 'utf8').catch(() => '');
  }

  /** Write a file below the root folder. */
  async write(name: string, text: string): Promise<void> {
    await writeFile(this.file(name), text);
  }

  /** What the service says. */
  async snapshot(): Promise<Snapshot> {
    return (await this.ask('GET', 'v1/apps')) as Snapshot;
  }

  /** The app that this server is to the service. */
  async app(): Promise<App> {
    const [app] = (await this.snapshot()).apps;
    if (!app) {
      throw new Error('The service knows no app.');
    }
    return app;
  }

  /** Order a restart: at once, or after a span such as `30s`. */
  async order(after?: string): Promise<void> {
    await this.ask('POST', 'v1/apps/jupyterlab/restart', after ? { in: after } : {});
  }

  /** Order a restart of the idle kernels that have at least so much memory. */
  async orderKernels(over: string): Promise<void> {
    await this.ask('POST', 'v1/apps/jupyterlab/kernels/restart', { over });
  }

  /** Have the service go by another `restart.toml`. */
  async configure(toml: string): Promise<void> {
    await this.ask('PUT', 'v1/config', { toml });
  }

  /** Wait until there have been so many restarts, and the last one is over. */
  async restarted(times: number): Promise<void> {
    await expect
      .poll(
        async () => {
          const { restarts, state } = await this.app();
          return [restarts, state];
        },
        { message: `restart ${times} is over`, timeout: RESTART_LIMIT_MS }
      )
      .toEqual([times, 'running']);
  }

  /** Restart and wait for the end. */
  async restart(): Promise<void> {
    const { restarts } = await this.app();
    await this.order();
    await this.restarted(restarts + 1);
  }

  /**
   * Wait until the server that was restarted first has become the front of the one that serves, and give that one's
   * pid. Until then the old one goes on, by itself, in place of a new one that is killed.
   */
  async servingBehindFront(): Promise<number> {
    const { pid, serving_pid: serving } = await this.app();
    await expect
      .poll(() => readFile(`/proc/${pid}/comm`, 'utf8'), { timeout: RESTART_LIMIT_MS })
      .toBe('jupyter-front\n');
    return serving ?? NaN;
  }

  /** The latest event of a type. */
  async lastEvent(type: string): Promise<RestartEvent | undefined> {
    const { events } = (await this.ask('GET', 'v1/events?after=0')) as { events: RestartEvent[] };
    return events.reverse().find(event => event.type === type);
  }

  /** What the server says of its kernels. */
  async kernelStates(): Promise<string[]> {
    const kernels = (await this.server('GET', 'api/kernels')) as { execution_state: string }[];
    return kernels.map(kernel => kernel.execution_state);
  }

  /** End all sessions with their kernels, and all terminals. */
  async endSessions(): Promise<void> {
    const sessions = (await this.server('GET', 'api/sessions')) as { id: string }[];
    const terminals = (await this.server('GET', 'api/terminals')) as { name: string }[];
    await Promise.all([
      ...sessions.map(({ id }) => this.server('DELETE', `api/sessions/${id}`)),
      ...terminals.map(({ name }) => this.server('DELETE', `api/terminals/${name}`))
    ]);
  }

  /** The pids of the server's kernels. */
  async kernelPids(): Promise<number[]> {
    const servers = path.join(this.folder, 'service', 'servers');
    const names = await readdir(servers, { recursive: true }).catch(() => []);
    const files = names.filter(name => /kernel-[-0-9a-f]+\.json$/.test(name));
    const texts = await Promise.all(files.map(name => readFile(path.join(servers, name), 'utf8')));
    return texts.map(text => (JSON.parse(text) as { pid: number }).pid);
  }

  /** Resolves with the status when the server has ended. */
  async ended(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      await once(this.child, 'exit');
    }
    return this.child.exitCode;
  }

  /** When the service restarts JupyterLab next, in ms of the wall clock. */
  async nextRestart(): Promise<number> {
    return Date.parse((await this.app()).next_restart ?? '');
  }

  /** What the server has printed and the service has written, to be read by people. */
  async story(): Promise<string> {
    const service = path.join(this.folder, 'service');
    const names = await readdir(service).catch(() => []);
    const logs = names.filter(name => /^(events.*\.jsonl|.*\.log)$/.test(name)).sort();
    const files = [
      path.join(this.folder, 'lab.log'),
      ...logs.map(name => path.join(service, name))
    ];
    const told = files.map(async file => {
      const text = await readFile(file, 'utf8').catch(String);
      return `== ${path.basename(file)}\n${text.slice(-STORY_CHARACTERS)}\n`;
    });
    return (await Promise.all(told)).join('');
  }

  /** End the server, whichever process it is by now, and its service, and remove all files. */
  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const exited = once(this.child, 'exit');
      this.child.kill('SIGTERM');
      const late = setTimeout(() => this.child.kill('SIGKILL'), STOP_LIMIT_MS);
      await exited;
      clearTimeout(late);
    }
    await this.endRespawned().catch((error: unknown) =>
      process.stderr.write(`A server may be left: ${String(error)}\n`)
    );
    const home = this.environment.JUPYTER_RESTART_HOME ?? '';
    await promisify(execFile)(
      this.python,
      ['-m', 'jupyter_restart', '--home', home, 'service', 'stop'],
      { env: this.environment }
    ).catch((error: unknown) =>
      process.stderr.write(`The service was not stopped: ${String(error)}\n`)
    );
    this.around.forEach(each => each.stop());
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }

  /** One that the service has started after a crash is no child of ours, and has not heard of the end. */
  private async endRespawned(): Promise<void> {
    const isDown = (state: string): boolean => state === 'stopped' || state === 'failed';
    const states = await this.states();
    if (states.every(isDown)) {
      return;
    }
    await this.ask('POST', 'v1/stop', {});
    await expect
      .poll(async () => (await this.states()).every(isDown), { timeout: 2 * STOP_LIMIT_MS })
      .toBe(true);
  }

  private async server(method: string, route: string): Promise<unknown> {
    const response = await fetch(`${this.base}${route}`, {
      method,
      headers: { Authorization: `token ${this.token}` },
      signal: AbortSignal.timeout(STOP_LIMIT_MS)
    });
    return response.status === 204 ? null : response.json();
  }

  private async ask(method: string, route: string, body?: object): Promise<unknown> {
    const file = path.join(this.folder, 'service', 'endpoint.json');
    const { port, token } = JSON.parse(await readFile(file, 'utf8')) as IEndpoint;
    const response = await fetch(`http://127.0.0.1:${port}/${route}`, {
      method,
      headers: { Authorization: `Bearer ${token}` },
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(5_000)
    });
    if (!response.ok) {
      throw new Error(`${method} ${route}: ${response.status} ${await response.text()}`);
    }
    return response.json();
  }

  private async states(): Promise<string[]> {
    try {
      return (await this.snapshot()).apps.map(app => app.state);
    } catch {
      return [];
    }
  }
}

/** Root may write to read-only files, which no user may: without its capabilities it may not either. */
function withoutCapabilities(): string[] {
  return process.getuid?.() === 0 ? ['setpriv', '--inh-caps=-all', '--bounding-set=-all'] : [];
}

/** A socket's path as hard as it gets. */
async function socketIn(folder: string): Promise<string> {
  const place = path.join(folder, 'in the müd');
  await mkdir(place, { recursive: true });
  return path.join(place, 'lab.sock');
}

async function makeCertificate(folder: string): Promise<string[]> {
  const [key, certificate] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const files = ['-keyout', key, '-out', certificate];
  const kind = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2'];
  await promisify(execFile)('openssl', [...kind, ...subject, ...files]);
  return [`--ServerApp.certfile=${certificate}`, `--ServerApp.keyfile=${key}`];
}

async function addLanguageServer(folder: string, python: string): Promise<void> {
  await writeSettings(folder, 'lsp-extension/plugin', { activate: 'on' });
  const server = {
    version: 2,
    argv: [python, path.join(__dirname, 'language_server.py'), path.join(folder, 'root/told.txt')],
    languages: ['python'],
    mime_types: ['text/x-python', 'text/x-ipython']
  };
  const manager = { autodetect: false, language_servers: { test: server } };
  await writeFile(
    path.join(folder, 'config/jupyter_server_config.json'),
    JSON.stringify({ LanguageServerManager: manager })
  );
}

async function writeSettings(folder: string, plugin: string, settings: object): Promise<void> {
  const file = path.join(
    folder,
    `config/lab/user-settings/@jupyterlab/${plugin}.jupyterlab-settings`
  );
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(settings));
}

async function makeEnvironment(folder: string): Promise<NodeJS.ProcessEnv> {
  const at = (name: string): string => path.join(folder, name);
  for (const name of [at('home'), at('root'), at('data'), at('runtime')]) {
    await mkdir(name, { recursive: true });
  }
  // No question about news from the web.
  await writeSettings(folder, 'apputils-extension/notification', {
    fetchNews: 'false',
    checkForUpdates: false
  });
  const environment: NodeJS.ProcessEnv = {
    ...process.env,
    HOME: at('home'),
    SHELL: '/bin/bash',
    JUPYTER_CONFIG_DIR: at('config'),
    JUPYTER_DATA_DIR: at('data'),
    JUPYTER_RUNTIME_DIR: at('runtime'),
    JUPYTER_RESTART_HOME: at('service'),
    // It takes a core for half a minute, and pays off at later starts only.
    JUPYTER_RESTART_CACHE: 'off'
  };
  delete environment.JUPYTER_TOKEN;
  return environment;
}

/**
 * A port that nobody has, and that the system gives to nobody who asks for any: one of those could be somebody else's
 * before a server, which takes seconds to start, listens.
 */
async function freePort(): Promise<number> {
  const range = await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8');
  const beyond = Math.max(LOWEST_PORT + 1000, parseInt(range, 10));
  for (;;) {
    const port = randomInt(LOWEST_PORT, beyond);
    const server = createServer().listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
    } catch {
      continue;
    }
    server.close();
    await once(server, 'close');
    return port;
  }
}
