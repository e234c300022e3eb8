import type { IAppsModel } from '../tokens';
import type { ISaved } from './saveAll';

/** Saves this tab's documents when the machine is about to end, once for each time that it is told. */
export function saveBeforeEnd(
  model: Pick<IAppsModel, 'eventsArrived'>,
  save: () => Promise<ISaved>
): void {
  model.eventsArrived.connect((_, events) => {
    if (events.some(event => event.type === 'machine.ending')) {
      // What can't be saved stays open, and JupyterLab shows it as such.
      save().catch((error: unknown) =>
        console.warn('Documents were not saved before the end:', error)
      );
    }
  });
}
