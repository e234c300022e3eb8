import type { RestartEvent } from '../api/types';
import { delay } from '../model/timing';
import type { IAppsModel } from '../tokens';
import type { ISaved } from './saveAll';

/** What is typed in the machine's last minutes is lost by no more than this, in ms. */
export const SAVE_EVERY_MS = 10_000;

/**
 * Saves this tab's documents when a kernel of its server is going to be restarted or was, and when the machine is about
 * to end: then again and again until it does.
 */
export function saveBeforeEnd(
  model: Pick<IAppsModel, 'eventsArrived' | 'ours'>,
  save: () => Promise<ISaved>
): void {
  const saveQuietly = async (): Promise<void> => {
    try {
      await save();
    } catch (error) {
      // What can't be saved stays open, and JupyterLab shows it as such.
      console.warn('Documents were not saved before the end:', error);
    }
  };
  const isOfKernel = ({ type, app }: RestartEvent): boolean =>
    (type === 'kernel.limit_reached' || type === 'kernel.restarted') &&
    model.ours.some(({ name }) => name === app);
  let end = new AbortController();
  model.eventsArrived.connect((_, events) => {
    if (events.some(isOfKernel)) {
      void saveQuietly();
    }
    for (const event of events) {
      if (event.type === 'machine.ending' || event.type === 'machine.stays') {
        end.abort();
        end = new AbortController();
      }
      if (event.type === 'machine.ending') {
        void keepSaving(saveQuietly, leftMs(event), end.signal);
      }
    }
  });
}

async function keepSaving(
  save: () => Promise<void>,
  lastsMs: number,
  signal: AbortSignal
): Promise<void> {
  const begun = performance.now();
  do {
    await save();
    await delay(SAVE_EVERY_MS, signal);
  } while (!signal.aborted && performance.now() - begun < lastsMs);
}

/** The machine's end may be told a while before this page hears of it: one more round does no harm. */
function leftMs({ data }: RestartEvent): number {
  const { left_s } = data as { left_s?: unknown };
  return typeof left_s === 'number' ? left_s * 1000 : 0;
}
