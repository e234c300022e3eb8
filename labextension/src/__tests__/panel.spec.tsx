import { nullTranslator } from '@jupyterlab/translation';
import { act, fireEvent, render, screen, within } from '@testing-library/react';
import type { JSX } from 'react';

import { ControlError } from '../api/errors';
import type { App } from '../api/types';
import { INITIAL_STATE, type IState } from '../model/state';
import type { IPanelActions } from '../panel/actions';
import { PanelView } from '../panel/view';
import { anApp, anEvent, aSnapshot, aState, restarting } from './fixtures';

const trans = nullTranslator.load('');

let calls: string[];

const actions: IPanelActions = {
  restartNow: app => calls.push(`restart ${app}`),
  postpone: app => calls.push(`postpone ${app}`),
  choosePostponement: app => calls.push(`choose ${app}`),
  setEnabled: (app, isEnabled) => calls.push(`${isEnabled ? 'enable' : 'disable'} ${app}`),
  keptPrompts: () =>
    Promise.resolve([{ prompt_id: '8fe2b1d0-0c3f-4a8e', why: 'Node is gone (#3)' }]),
  sendAgain: app => calls.push(`send ${app}`),
  discard: app => calls.push(`discard ${app}`),
  showPlan: app => calls.push(`plan ${app}`),
  retry: () => calls.push('retry')
};

function view(state: IState, isRestarting = false): JSX.Element {
  return <PanelView state={state} isRestarting={isRestarting} actions={actions} trans={trans} />;
}

function show(...apps: App[]): HTMLElement {
  render(view(aState(apps, { takenAt: performance.now() })));
  return screen.getByRole('list', { name: 'Supervised apps' });
}

beforeEach(() => {
  calls = [];
  jest.useFakeTimers();
});
afterEach(() => jest.useRealTimers());

describe('the panel', () => {
  test('lists each app by its name, with what can be done about it', () => {
    const list = show(anApp({ name: 'comfyui', title: 'ComfyUI' }), anApp());
    const names = within(list)
      .getAllByRole('listitem')
      .map(item => item.getAttribute('aria-label'));
    expect(names).toEqual(['comfyui', 'jupyterlab']);

    const app = within(within(list).getByRole('listitem', { name: 'jupyterlab' }));
    fireEvent.click(app.getByRole('button', { name: 'Restart now' }));
    fireEvent.click(app.getByRole('button', { name: 'Postpone' }));
    fireEvent.click(app.getByRole('button', { name: 'Choose for how long' }));
    fireEvent.click(app.getByRole('button', { name: 'Plan' }));
    fireEvent.click(app.getByRole('switch', { name: 'Automatic restarts' }));
    expect(calls).toEqual([
      'restart jupyterlab',
      'postpone jupyterlab',
      'choose jupyterlab',
      'plan jupyterlab',
      'disable jupyterlab'
    ]);
  });

  test('offers to send kept prompts again or to discard them, and says why they are kept', async () => {
    const note = { code: 'prompts_kept', message: '1 prompt is kept.', advice: '' };
    show(anApp({ name: 'comfyui', notes: [note] }));
    fireEvent.click(screen.getByRole('button', { name: 'Send again' }));
    fireEvent.click(screen.getByRole('button', { name: 'Discard' }));
    expect(calls).toEqual(['send comfyui', 'discard comfyui']);
    const details = screen.getByText('1 prompt is kept.').parentElement as HTMLDetailsElement;
    details.open = true;
    await act(async () => {
      fireEvent(details, new Event('toggle'));
      await Promise.resolve();
    });
    expect(within(details).getByRole('listitem').textContent).toBe('8fe2b1d0 Node is gone (#3)');
  });

  test('counts down between two answers, whatever the wall clock does', () => {
    show(anApp({ remaining_s: 3600 }));
    expect(screen.getByRole('timer').textContent).toBe('1:00:00');
    jest.setSystemTime(0);
    act(() => jest.advanceTimersByTime(61_000));
    expect(screen.getByRole('timer').textContent).toBe('58:59');
  });

  test('has no countdown where nothing is scheduled, and cannot postpone it', () => {
    show(anApp({ enabled: false, next_restart: null, remaining_s: null }));
    expect(screen.queryByRole('timer')).toBeNull();
    expect(screen.getByText('Automatic restarts are off').tagName).toBe('SPAN');
    expect(screen.getByRole('switch').getAttribute('aria-checked')).toBe('false');
    fireEvent.click(screen.getByRole('button', { name: 'Postpone' }));
    fireEvent.click(screen.getByRole('switch'));
    expect(calls).toEqual(['enable jupyterlab']);
  });

  test('counts down to the start of an app that crashed, and to no restart of it', () => {
    show(anApp({ state: 'waiting', starts_in_s: 4, remaining_s: 3600 }));
    const timer = screen.getByRole('timer', { name: 'Time to the next start' });
    expect([timer.textContent, screen.getByText('Started again in').tagName]).toEqual([
      '0:04',
      'SPAN'
    ]);
    expect(screen.getAllByRole('timer')).toHaveLength(1);
  });

  test.each<[App['state'], string, string]>([
    ['stopped', 'Stopped', 'It is down until it is started'],
    ['failed', 'Failed', 'It is down until it is started'],
    ['stopping', 'Stopping', 'It is being stopped'],
    ['verifying', 'Verifying', 'It is being stopped'],
    ['waiting', 'Waiting', 'It is started as soon as it can be']
  ])('has no countdown to a restart of an app that is %s', (state, word, next) => {
    show(anApp({ state, remaining_s: 3600 }));
    expect(screen.queryByRole('timer')).toBeNull();
    expect([screen.getByText(word).tagName, screen.getByText(next).tagName]).toEqual([
      'SPAN',
      'SPAN'
    ]);
  });

  test('shows the step of a restart, by its name and in words, and begins no second one', () => {
    show({ ...restarting('draining'), state: 'draining' });
    expect(screen.getByText('Draining').className).toBe('jp-Restart-state');
    expect(screen.getByRole('status').textContent).toBe(
      'Restarting: saving documents and finishing work (manual)'
    );
    const progress = screen.getByRole('progressbar');
    expect(progress.getAttribute('aria-valuenow')).toBe('1');
    expect(progress.getAttribute('aria-valuemax')).toBe('4');
    fireEvent.click(screen.getByRole('button', { name: 'Restart now' }));
    expect(calls).toEqual([]);
  });

  test('keeps the focus on a button through a restart', () => {
    const { rerender } = render(view(aState([anApp()])));
    screen.getByRole('button', { name: 'Restart now' }).focus();
    rerender(view(aState([restarting('starting')])));
    rerender(view(aState([anApp()])));
    expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Restart now' }));
  });

  test('tells the last restart and why, and why an app is down', () => {
    show(
      anApp({
        state: 'failed',
        last_restart: '2026-11-24T06:00:02Z',
        last_reason: 'gpu-memory',
        message: 'It did not start: no module torch.'
      })
    );
    const last = screen.getByText('Last restart').nextElementSibling;
    expect(last?.textContent).toMatch(/, GPU memory limit$/);
    expect(screen.getByText('It did not start: no module torch.').tagName).toBe('P');
    expect(screen.getByText('Failed').tagName).toBe('SPAN');
  });

  test('shows what an app says of itself, with what to do about it on request', () => {
    const note = {
      code: 'other_supervisor',
      message: 'It was started by systemd.',
      advice: 'Wait.'
    };
    show(anApp({ notes: [note] }));
    const remark = screen.getByText('It was started by systemd.').closest('details');
    expect([remark?.open, remark?.textContent]).toEqual([
      false,
      'It was started by systemd.What to do: Wait.'
    ]);
  });

  test('lists events newest first, without the steps within a restart', () => {
    const events = [
      anEvent({ seq: 1, message: 'first' }),
      anEvent({ seq: 2, message: 'a step', type: 'restart.starting' }),
      anEvent({ seq: 3, message: 'last' })
    ];
    render(view(aState([], { events })));
    const log = screen.getByRole('log');
    const sentences = [...log.querySelectorAll('span')].map(({ textContent }) => textContent);
    expect(sentences).toEqual(['last', 'first']);
  });

  test('shows memory, disk and each GPU of the machine', () => {
    show();
    const meters = screen.getAllByRole('meter').map(meter => meter.getAttribute('aria-valuetext'));
    expect(meters).toEqual(['8.2 GB / 16 GB', '45 GB / 100 GB', '1 GB / 16 GB']);
  });

  test('says why a GPU can’t be asked', () => {
    const snapshot = aSnapshot({ apps: [] });
    const resources = { ...snapshot.resources, gpus: [], gpu_trouble: 'NVIDIA: it needs a reset' };
    render(view(aState([], { snapshot: { ...snapshot, resources } })));
    expect(screen.getByText('A GPU can’t be asked: NVIDIA: it needs a reset')).toBeTruthy();
  });

  test('says that no app is known yet', () => {
    render(view(aState([])));
    expect(screen.getByText(/^No app is supervised yet/).textContent).toMatch(/restart\.toml$/);
  });
});

describe('the panel without its service', () => {
  const error = new ControlError('service_not_running', 'No Java of at least 25 was found.', 503);
  const away = { connection: { kind: 'away', error } } as const;

  test('says that it asks', () => {
    render(view(INITIAL_STATE));
    expect(screen.getByRole('status').textContent).toBe('Asking the restart service…');
  });

  test('says why, what to do, and asks again when told to', () => {
    render(view({ ...INITIAL_STATE, ...away }));
    expect(screen.getByRole('alert').textContent).toContain('No Java of at least 25 was found.');
    fireEvent.click(screen.getByRole('button', { name: 'Retry' }));
    expect(calls).toEqual(['retry']);
  });

  test('keeps showing what it knew', () => {
    render(view(aState([anApp()], away)));
    expect(screen.getAllByRole('listitem')).toHaveLength(1);
  });

  test('stays calm while its server restarts', () => {
    render(view(aState([restarting('starting')], away), true));
    expect(screen.queryByRole('alert')).toBeNull();
    expect(screen.getAllByRole('status')[0]?.textContent).toBe(
      'The server is restarting. Kernels and terminals go on meanwhile.'
    );
  });
});
