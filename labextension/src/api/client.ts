import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

import { deadlineIn } from '../model/timing';
import { ControlError } from './errors';
import type {
  Accepted,
  Drained,
  Events,
  HandledPrompts,
  Plan,
  PromptsKept,
  Snapshot
} from './types';

/** The longest wait for an answer that is not asked to wait, in ms. */
const TIMEOUT_MS = 10_000;

/** ComfyUI checks each prompt before it answers for it, in ms. */
const CHECKING_MS = 60_000;

/** Where to follow the events from, and for how long to wait for one. */
export interface IEventQuery {
  /** The last seq known. */
  after: number;
  /** Seconds to wait for an event at most. */
  waitS: number;
  /** This browser tab: a restart waits for its documents. */
  client: string;
}

/** The calls of the service, by way of the Jupyter server. Each rejects with a `ControlError`. */
export class ControlClient {
  constructor(private readonly settings: ServerConnection.ISettings) {}

  /** Everything, at one moment. */
  snapshot(signal?: AbortSignal): Promise<Snapshot> {
    return this.call('GET', 'v1/apps', { signal });
  }

  /** The events after a seq, with a fresh snapshot; waits for one if there is none yet. */
  events(query: IEventQuery, signal?: AbortSignal): Promise<Events> {
    const search = new URLSearchParams({
      after: String(query.after),
      wait: String(query.waitS),
      snapshot: 'true',
      client: query.client
    });
    const timeoutMs = TIMEOUT_MS + query.waitS * 1000;
    return this.call('GET', `v1/events?${search.toString()}`, { signal, timeoutMs });
  }

  /** What comes for an app, and what a restart of it would do now. */
  plan(app: string): Promise<Plan> {
    return this.call('GET', `v1/plan?app=${encodeURIComponent(app)}`);
  }

  /** Restart an app at once. */
  restart(app: string): Promise<Accepted> {
    return this.command(app, 'restart', {});
  }

  /** Put off an app's next scheduled restart by a duration such as `30m`. */
  postpone(app: string, duration: string): Promise<Accepted> {
    return this.command(app, 'postpone', { duration });
  }

  /** Leave a kernel that has reached its memory limit alone for a duration such as `30m`. */
  postponeKernel(app: string, kernel: string, duration: string): Promise<Accepted> {
    return this.command(app, 'kernels/postpone', { kernel_id: kernel, duration });
  }

  /** Switch an app's automatic restarts on. */
  enable(app: string): Promise<Accepted> {
    return this.command(app, 'enable');
  }

  /** Switch an app's automatic restarts off. */
  disable(app: string): Promise<Accepted> {
    return this.command(app, 'disable');
  }

  /** Which prompts of an app are kept outside of its queue. */
  keptPrompts(app: string): Promise<PromptsKept> {
    return this.call('GET', `v1/apps/${encodeURIComponent(app)}/prompts`);
  }

  /** Put kept prompts back into an app's queue. */
  sendAgain(app: string, ids: readonly string[]): Promise<HandledPrompts> {
    return this.handle(app, 'send', ids);
  }

  /** Forget kept prompts. */
  discard(app: string, ids: readonly string[]): Promise<HandledPrompts> {
    return this.handle(app, 'discard', ids);
  }

  /** Tell that this tab's documents are saved, so that the restart need not wait for it any longer. */
  drained(app: string, answer: Drained): Promise<Accepted> {
    return this.command(app, 'drained', answer);
  }

  /** Tell that this tab is closed, so that no restart waits for it; outlives the page. */
  leave(client: string): Promise<Accepted> {
    return this.call('DELETE', `v1/clients/${encodeURIComponent(client)}`, { keepalive: true });
  }

  private handle(app: string, verb: string, ids: readonly string[]): Promise<HandledPrompts> {
    const path = `v1/apps/${encodeURIComponent(app)}/prompts/${verb}`;
    return this.call('POST', path, { body: { prompt_ids: ids }, timeoutMs: CHECKING_MS });
  }

  private command(app: string, verb: string, body?: object): Promise<Accepted> {
    return this.call('POST', `v1/apps/${encodeURIComponent(app)}/${verb}`, { body });
  }

  private async call<T>(method: string, path: string, options: ICallOptions = {}): Promise<T> {
    const { body, signal, timeoutMs = TIMEOUT_MS, keepalive = false } = options;
    const deadline = deadlineIn(timeoutMs, signal);
    const init: RequestInit = {
      method,
      keepalive,
      // Not `no-store`: JupyterLab would add a parameter without a name, which the service must not meet.
      cache: 'no-cache',
      body: body === undefined ? null : JSON.stringify(body),
      signal: deadline.signal
    };
    const url = `${URLExt.join(this.settings.baseUrl, 'restart')}/${path}`;
    let response: Response;
    let text: string;
    try {
      response = await ServerConnection.makeRequest(url, init, this.settings);
      text = await response.text();
    } catch {
      throw new ControlError('unreachable', `The Jupyter server did not answer ${method} ${path}.`);
    } finally {
      deadline.dispose();
    }
    const json = parsed(text);
    if (!response.ok) {
      throw problem(response.status, json, `${method} ${path}`);
    }
    if (json === undefined) {
      throw new ControlError('unexpected', `${method} ${path} was answered by no JSON.`);
    }
    return json as T;
  }
}

interface ICallOptions {
  body?: object | undefined;
  signal?: AbortSignal | undefined;
  timeoutMs?: number;
  keepalive?: boolean;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function problem(status: number, json: unknown, call: string): ControlError {
  const { code, detail } = (json ?? {}) as { code?: unknown; detail?: unknown };
  if (typeof code === 'string' && typeof detail === 'string') {
    return new ControlError(code, detail, status);
  }
  const hint =
    status === 404
      ? 'Is the server extension jupyter_restart enabled? `jupyter server extension list` tells.'
      : status === 401 || status === 403
        ? 'Your login may have ended: reload the page.'
        : 'The log of the Jupyter server tells more.';
  return new ControlError(
    'unexpected',
    `${call} was answered by status ${status}. ${hint}`,
    status
  );
}
