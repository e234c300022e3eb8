import type { Kernel, ServiceManager } from '@jupyterlab/services';

import { delay } from '../model/timing';
import type { IAppsModel } from '../tokens';

/**
 * For how long kernels are left to connect again by themselves, in ms. The server keeps its socket, so their
 * first try waits in its queue; a second one from here would cancel it.
 */
export const OWN_TRY_MS = 3_000;

/** After a restart of the server: renew what JupyterLab lists, connect the kernels that have not come back, ask how they are. */
export async function welcomeBack(
  services: Pick<ServiceManager.IManager, 'kernels' | 'sessions' | 'terminals'>,
  kernels: () => readonly Kernel.IKernelConnection[]
): Promise<void> {
  await Promise.allSettled([
    services.kernels.refreshRunning(),
    services.sessions.refreshRunning(),
    // Terminals are optional on a server.
    services.terminals.isAvailable() ? services.terminals.refreshRunning() : undefined
  ]);
  await delay(OWN_TRY_MS);
  await Promise.allSettled(kernels().map(greet));
}

/** Have kernels that their server has restarted say how they are; their tabs would show "starting" until they are used. */
export function greetRestarted(
  model: Pick<IAppsModel, 'eventsArrived'>,
  kernels: () => readonly Kernel.IKernelConnection[]
): void {
  const greetSoon = async (restarted: ReadonlySet<unknown>): Promise<void> => {
    await delay(OWN_TRY_MS);
    await Promise.allSettled(
      kernels()
        .filter(({ id }) => restarted.has(id))
        .map(greet)
    );
  };
  model.eventsArrived.connect((_, events) => {
    const restarted = events.filter(({ type }) => type === 'kernel.restarted');
    if (restarted.length > 0) {
      void greetSoon(new Set(restarted.map(({ data }) => data.kernel_id)));
    }
  });
}

/**
 * Connect a kernel where it is not, and have it say how it is.
 *
 * One that came to rest while the server was away has nothing more to say, and would be "Unknown" until it is used.
 * JupyterLab leaves its own question on connecting (kernel info) out of account; this one has no effect either.
 */
async function greet(kernel: Kernel.IKernelConnection): Promise<void> {
  if (kernel.connectionStatus !== 'connected') {
    await kernel.reconnect();
  }
  if (kernel.status === 'unknown' || kernel.status === 'starting') {
    await kernel.requestIsComplete({ code: '' });
  }
}
