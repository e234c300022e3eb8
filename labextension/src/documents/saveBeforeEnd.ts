import type { RestartEvent } from '../api/types';
import type { IAppsModel } from '../tokens';
import type { ISaved } from './saveAll';

/**
 * Saves this tab's documents when the machine is about to end, and when a kernel of its server is going to be restarted
 * or was: once for each time that it is told.
 */
export function saveBeforeEnd(
  model: Pick<IAppsModel, 'eventsArrived' | 'ours'>,
  save: () => Promise<ISaved>
): void {
  const isReason = ({ type, app }: RestartEvent): boolean =>
    type === 'machine.ending' ||
    ((type === 'kernel.limit_reached' || type === 'kernel.restarted') &&
      model.ours.some(({ name }) => name === app));
  model.eventsArrived.connect((_, events) => {
    if (events.some(isReason)) {
      // What can't be saved stays open, and JupyterLab shows it as such.
      save().catch((error: unknown) =>
        console.warn('Documents were not saved before the end:', error)
      );
    }
  });
}
