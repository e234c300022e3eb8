import { Dialog, Notification, showDialog } from '@jupyterlab/apputils';
import { nullTranslator } from '@jupyterlab/translation';

import { discard, sendAgain } from '../promptCommands';
import { anApp, FakeModel } from './fixtures';

jest.mock('@jupyterlab/apputils', () => ({
  ...jest.requireActual<object>('@jupyterlab/apputils'),
  showDialog: jest.fn()
}));

const trans = nullTranslator.load('');
const app = anApp({ name: 'comfyui', title: 'ComfyUI' });
const asked = jest.mocked(showDialog);

function modelThatKeeps(...ids: string[]): FakeModel {
  const model = new FakeModel();
  model.kept = ids.map(id => ({ prompt_id: id, why: 'Node is gone' }));
  return model;
}

function told(): string[] {
  return Notification.manager.notifications.map(({ type, message }) => `${type}: ${message}`);
}

function answerWith(isMeant: boolean): void {
  const button = isMeant ? Dialog.warnButton() : Dialog.cancelButton();
  asked.mockResolvedValue({ button, isChecked: null, value: null });
}

beforeEach(() => {
  Notification.manager.dismiss();
  asked.mockReset();
});

describe('kept prompts', () => {
  test('are sent again, and those that are refused once more are told with why', async () => {
    const model = modelThatKeeps('a', 'b', 'c');
    await sendAgain(app, model, trans);
    expect(model.calls).toEqual(['send comfyui a b c']);
    expect(told().sort()).toEqual([
      'success: 2 prompts are in the queue of ComfyUI again',
      'warning: 1 prompt of ComfyUI is not in its queue yet: Node is gone'
    ]);
  });

  test('of an app that does not run are told to be put back later', async () => {
    const model = modelThatKeeps('a', 'b');
    model.due = [{ prompt_id: 'b', why: 'it is put back when ComfyUI runs' }];
    await sendAgain(app, model, trans);
    expect(told()).toContain('info: 1 prompt of ComfyUI: it is put back when ComfyUI runs');
  });

  test('are discarded only where their user means it', async () => {
    const model = modelThatKeeps('a', 'b');
    answerWith(false);
    await discard(app, model, trans);
    expect(model.calls).toEqual([]);
    answerWith(true);
    await discard(app, model, trans);
    expect(model.calls).toEqual(['discard comfyui a b']);
    expect(asked.mock.calls[0]?.[0]?.title).toBe('Discard 2 kept prompts of ComfyUI?');
  });

  test('that are gone meanwhile are told to be none', async () => {
    await discard(app, modelThatKeeps(), trans);
    await sendAgain(app, modelThatKeeps(), trans);
    expect(asked).not.toHaveBeenCalled();
    expect(told()).toEqual([
      'info: No prompts of ComfyUI are kept',
      'info: No prompts of ComfyUI are kept'
    ]);
  });
});
