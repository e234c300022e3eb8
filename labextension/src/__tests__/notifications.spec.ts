import { Notification } from '@jupyterlab/apputils';
import { nullTranslator } from '@jupyterlab/translation';

import { NoticeBoard } from '../notifications/board';
import { noticeOf } from '../notifications/ofEvent';
import { noticesOf } from '../notifications/ofState';
import { anApp, anEvent, aState, restarting } from './fixtures';

const trans = nullTranslator.load('');

describe('the notice of an event', () => {
  test('tells a restart that kept everything, and goes by itself', () => {
    expect(noticeOf(anEvent(), trans)).toEqual({
      key: 'restart:r-1f',
      app: 'jupyterlab',
      kind: 'success',
      message: 'JupyterLab restarted in 1.4 s: 3 kernels, 1 terminal, 2 documents kept',
      autoClose: 5000,
      offers: []
    });
  });

  test('names what was not kept, first and until it is read', () => {
    const data = {
      unsaved: [{ path: 'b.txt', why: 'it is read-only' }],
      lost_kernels: ['k1', 'k2']
    };
    const message = 'JupyterLab restarted in 1.4 s';
    expect(noticeOf(anEvent({ data, message }), trans)).toEqual({
      key: 'restart:r-1f',
      app: 'jupyterlab',
      kind: 'warning',
      message:
        'Not saved: b.txt (it is read-only). 2 kernels were lost. JupyterLab restarted in 1.4 s',
      autoClose: false,
      offers: ['open']
    });
  });

  test('fits what JupyterLab shows of it', () => {
    const unsaved = Array.from({ length: 20 }, (_, index) => ({
      path: `${index}.txt`,
      why: 'full'
    }));
    expect(noticeOf(anEvent({ data: { unsaved } }), trans)?.message).toHaveLength(140);
  });

  test('names the documents that hold a restart back, until they are seen to', () => {
    const data = { unsaved: [{ path: 'b.txt', why: 'it is read-only' }] };
    expect(noticeOf(anEvent({ type: 'restart.called_off', data }), trans)).toEqual({
      key: 'restart:r-1f',
      app: 'jupyterlab',
      kind: 'warning',
      message: 'Not restarted, save or close first: b.txt (it is read-only)',
      autoClose: false,
      offers: ['restart-now']
    });
  });

  test('names prompts that ComfyUI no longer takes', () => {
    const refused_prompts = [{ prompt_id: 'p', why: 'node is gone' }];
    const message = 'ComfyUI restarted in 9.1 s: 16 prompts kept';
    expect(noticeOf(anEvent({ message, data: { refused_prompts } }), trans)).toMatchObject({
      kind: 'warning',
      message: `ComfyUI no longer takes 1 prompt (kept aside). ${message}`
    });
  });

  const ofKernel = { kernel_id: 'k-1', path: 'train.ipynb' };

  test('offers to leave a kernel alone that is going to be restarted', () => {
    const message = 'The kernel of train.ipynb has 5.2 GB of memory, its limit is 5 GB.';
    const data = { ...ofKernel, notice_s: 120 };
    const event = anEvent({ type: 'kernel.limit_reached', restart_id: null, message, data });
    expect(noticeOf(event, trans)).toEqual({
      key: 'kernel:k-1',
      app: 'jupyterlab',
      kernel: 'k-1',
      kind: 'warning',
      message,
      autoClose: false,
      offers: ['postpone']
    });
  });

  test.each([
    ['memory', 'warning', false],
    ['manual', 'info', 5000]
  ])('tells that a kernel was restarted (%s), in the same place', (reason, kind, autoClose) => {
    const data = { ...ofKernel, reason };
    const message = 'The kernel of train.ipynb was restarted at 5.2 GB: its variables are gone';
    const event = anEvent({ type: 'kernel.restarted', restart_id: null, message, data });
    expect(noticeOf(event, trans)).toEqual({
      key: 'kernel:k-1',
      app: 'jupyterlab',
      kernel: 'k-1',
      kind,
      message,
      autoClose,
      offers: []
    });
  });

  test('tells why a restart failed', () => {
    const event = anEvent({ type: 'restart.failed', message: 'It did not start: no module x.' });
    expect(noticeOf(event, trans)).toEqual({
      key: 'restart:r-1f',
      app: 'jupyterlab',
      kind: 'error',
      message: 'It did not start: no module x.',
      autoClose: false,
      offers: ['open']
    });
  });

  test.each([
    ['app.crashed', 'warning'],
    ['app.crash_loop', 'error'],
    ['restart.postponed', 'info'],
    ['machine.ending', 'warning'],
    ['machine.stays', 'info'],
    ['restart.draining', undefined],
    ['app.adopted', undefined]
  ] as const)('%s is of the kind %s', (type, kind) => {
    expect(noticeOf(anEvent({ type }), trans)?.kind).toBe(kind);
  });
});

describe('the notices of the state', () => {
  const soon = anApp({ remaining_s: 50 });

  test('warn of a restart that comes soon, and offer to put it off', () => {
    expect(noticesOf(aState([soon]), 60, trans)).toEqual([
      {
        key: 'soon:jupyterlab',
        app: 'jupyterlab',
        kind: 'info',
        message: 'JupyterLab restarts in 50 s',
        autoClose: false,
        offers: ['postpone', 'restart-now']
      }
    ]);
  });

  test('do not warn where the user does not want it, nor of what is far or off', () => {
    const off = anApp({ remaining_s: null });
    expect(noticesOf(aState([soon]), 0, trans)).toEqual([]);
    expect(noticesOf(aState([anApp(), off]), 60, trans)).toEqual([]);
  });

  test('warn as early as the app is configured to', () => {
    const event = anEvent({ type: 'restart.scheduled', data: { notice_s: 120 } });
    const state = aState([anApp({ remaining_s: 100 })], { events: [event] });
    expect(noticesOf(state, 60, trans).map(({ key }) => key)).toEqual(['soon:jupyterlab']);
  });

  test('follow a restart under way', () => {
    expect(noticesOf(aState([restarting('starting')]), 60, trans)).toEqual([
      {
        key: 'restart:r-1',
        app: 'jupyterlab',
        kind: 'in-progress',
        message: 'JupyterLab is restarting: starting',
        autoClose: false,
        offers: []
      }
    ]);
  });
});

describe('the notice board', () => {
  const labels = { postpone: 'Postpone', 'restart-now': 'Restart now', open: 'Show' };
  let offers: string[];
  let board: NoticeBoard;

  const shown = (): string[] =>
    Notification.manager.notifications.map(({ type, message }) => `${type}: ${message}`);
  const reflect = (...apps: Parameters<typeof aState>[0]): void =>
    board.reflect(noticesOf(aState(apps), 60, trans));
  const tell = (...changes: Parameters<typeof anEvent>): void => {
    const notice = noticeOf(anEvent(...changes), trans);
    expect(notice).not.toBeNull();
    if (notice) {
      board.tell(notice);
    }
  };

  beforeEach(() => {
    Notification.dismiss();
    offers = [];
    board = new NoticeBoard(Notification, labels, (offer, { app }) =>
      offers.push(`${offer} ${app}`)
    );
  });

  test('changes one notification as the restart goes on, and puts its outcome in the place of it', () => {
    reflect(restarting('draining'));
    const [first] = Notification.manager.notifications;
    reflect(restarting('starting'));
    expect(shown()).toEqual(['in-progress: JupyterLab is restarting: starting']);
    expect(Notification.manager.notifications[0]?.id).toBe(first?.id);
    tell({ restart_id: 'r-1', message: 'JupyterLab restarted in 1.4 s' });
    reflect(anApp());
    expect(shown()).toEqual(['success: JupyterLab restarted in 1.4 s']);
    // A toast that is not drawn yet can't be changed, only replaced.
    expect(Notification.manager.has(first?.id ?? '')).toBe(false);
  });

  test('leaves no progress behind whose end was missed', () => {
    reflect(restarting('draining'));
    reflect(anApp());
    expect(shown()).toEqual([]);
  });

  test('does not bring back what the user has dismissed', () => {
    reflect(anApp({ remaining_s: 50 }));
    Notification.dismiss();
    reflect(anApp({ remaining_s: 25 }));
    expect(shown()).toEqual([]);
  });

  test('tells the outcome even where the progress was dismissed', () => {
    reflect(restarting('draining'));
    Notification.dismiss();
    tell({ restart_id: 'r-1', type: 'restart.failed', message: 'It did not start.' });
    expect(shown()).toEqual(['error: It did not start.']);
  });

  test('shows the latest of many crashes of an app, and of each restart what it lost', () => {
    const crash = (restart_id: string, app = 'jupyterlab'): void =>
      tell({ restart_id, app, type: 'app.crashed', message: `${app} crashed, ${restart_id}` });
    crash('r-1');
    tell({ restart_id: 'r-1', message: 'Restarted', data: { lost_kernels: ['k'] } });
    crash('r-2');
    crash('r-3', 'comfyui');
    crash('r-4');
    expect(shown().sort()).toEqual([
      'warning: 1 kernel was lost. Restarted',
      'warning: comfyui crashed, r-3',
      'warning: jupyterlab crashed, r-4'
    ]);
  });

  test('does what is offered, for the app it is about', () => {
    reflect(anApp({ remaining_s: 50 }));
    const [notification] = Notification.manager.notifications;
    const actions = notification?.options.actions ?? [];
    expect(actions.map(({ label }) => label)).toEqual(['Postpone', 'Restart now']);
    actions.forEach(action => action.callback(new MouseEvent('click')));
    expect(offers).toEqual(['postpone jupyterlab', 'restart-now jupyterlab']);
  });
});
