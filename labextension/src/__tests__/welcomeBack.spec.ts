import type { Kernel, ServiceManager } from '@jupyterlab/services';

import { OWN_TRY_MS, welcomeBack } from '../documents/welcomeBack';

test('after a restart, lists are renewed and kernels helped only where they need it', async () => {
  jest.useFakeTimers();
  const calls: string[] = [];
  const renew = (what: string): object => ({
    refreshRunning: () => {
      calls.push(`renew ${what}`);
      // One that fails keeps the others from nothing.
      return Promise.reject(new Error('away'));
    },
    isAvailable: () => true
  });
  const kernel = (name: string, connectionStatus: string, status: string): object => ({
    connectionStatus,
    status,
    reconnect: () => Promise.resolve(calls.push(`reconnect ${name}`)),
    requestIsComplete: () => Promise.resolve(calls.push(`ask ${name}`))
  });
  const services = {
    kernels: renew('kernels'),
    sessions: renew('sessions'),
    terminals: renew('terminals')
  } as unknown as ServiceManager.IManager;
  const kernels = [
    kernel('idle', 'connected', 'idle'),
    kernel('quiet', 'connected', 'unknown'),
    kernel('lost', 'connecting', 'busy')
  ] as unknown as Kernel.IKernelConnection[];

  const done = welcomeBack(services, () => kernels);
  await jest.advanceTimersByTimeAsync(OWN_TRY_MS - 1);
  expect(calls).toEqual(['renew kernels', 'renew sessions', 'renew terminals']);
  await jest.advanceTimersByTimeAsync(1);
  await done;
  jest.useRealTimers();
  expect(calls.slice(3)).toEqual(['ask quiet', 'reconnect lost']);
});
