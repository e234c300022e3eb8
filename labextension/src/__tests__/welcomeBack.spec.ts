import type { Kernel, ServiceManager } from '@jupyterlab/services';

import { greetRestarted, OWN_TRY_MS, welcomeBack } from '../documents/welcomeBack';
import { anEvent, FakeModel } from './fixtures';

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

test('kernels that their server has restarted are asked how they are, and no others', async () => {
  jest.useFakeTimers();
  const calls: string[] = [];
  const kernel = (id: string, status: string): object => ({
    id,
    status,
    connectionStatus: 'connected',
    requestIsComplete: () => Promise.resolve(calls.push(`ask ${id}`))
  });
  const kernels = [
    kernel('restarted', 'starting'),
    kernel('other', 'starting'),
    kernel('used since', 'busy')
  ] as unknown as Kernel.IKernelConnection[];
  const model = new FakeModel();
  greetRestarted(model, () => kernels);
  const restarted = ['restarted', 'used since', 'closed'].map(kernel_id =>
    anEvent({ type: 'kernel.restarted', data: { kernel_id } })
  );
  model.eventsArrived.emit([anEvent(), ...restarted]);
  await jest.advanceTimersByTimeAsync(OWN_TRY_MS);
  jest.useRealTimers();
  expect(calls).toEqual(['ask restarted']);
});
