import { DisposableDelegate, type IDisposable } from '@lumino/disposable';

/** Resolves after some ms, or at once when the signal aborts. The browser's timers are used in this file only. */
export function delay(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal?.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
  });
}

/** The value of a promise, or `late` where it has not come within some ms. A rejection is passed on. */
export async function within<T, L>(promise: Promise<T>, ms: number, late: L): Promise<T | L> {
  const over = new AbortController();
  try {
    return await Promise.race([promise, delay(ms, over.signal).then(() => late)]);
  } finally {
    over.abort();
  }
}

/** Calls back every so many ms until it is disposed of. */
export function every(ms: number, callback: () => void): IDisposable {
  const timer = setInterval(callback, ms);
  return new DisposableDelegate(() => clearInterval(timer));
}

/** A signal that aborts after some ms, or with another signal; to be disposed of when nobody needs it any more. */
export function deadlineIn(
  ms: number,
  earlier?: AbortSignal
): IDisposable & { signal: AbortSignal } {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  const timer = setTimeout(abort, ms);
  if (earlier?.aborted) {
    abort();
  }
  earlier?.addEventListener('abort', abort);
  const end = new DisposableDelegate(() => {
    clearTimeout(timer);
    earlier?.removeEventListener('abort', abort);
  });
  return Object.assign(end, { signal: controller.signal });
}
