import type { Contents } from '@jupyterlab/services';
import { nullTranslator } from '@jupyterlab/translation';

import { type Savable, SAVE_LIMIT_MS, saveAll } from '../documents/saveAll';

const SAVED_AT = '2026-11-24T06:00:00Z';
const trans = nullTranslator.load('');

interface IDocument {
  path: string;
  dirty?: boolean;
  writable?: boolean;
  readOnly?: boolean;
  collaborative?: boolean;
  hash?: string;
}

function document(options: IDocument): Savable {
  const { path, dirty = true, writable = true, readOnly = false, collaborative = false } = options;
  return {
    path,
    contentsModel: { path, writable, last_modified: SAVED_AT, hash: options.hash },
    model: { dirty, readOnly, collaborative },
    isDisposed: false
  } as unknown as Savable;
}

const contents = {
  get: (path: string): Promise<Contents.IModel> => {
    if (path === 'deleted.txt') {
      return Promise.reject(Object.assign(new Error('gone'), { response: { status: 404 } }));
    }
    const isChanged = path.startsWith('changed');
    return Promise.resolve({
      path,
      writable: true,
      last_modified: isChanged ? '2026-11-24T07:00:00Z' : SAVED_AT,
      hash: path.endsWith('-hashed.txt') ? 'abc' : undefined
    } as Contents.IModel);
  }
};

async function saving(
  documents: Savable[],
  save: (context: Savable) => Promise<void> = () => Promise.resolve()
): Promise<{ calls: string[]; result: unknown }> {
  const calls: string[] = [];
  const result = await saveAll(documents, {
    contents,
    save: context => {
      calls.push(context.path);
      return save(context);
    },
    trans
  });
  return { calls, result };
}

describe('saveAll', () => {
  test('saves what has changes, and nothing else', async () => {
    const documents = [
      document({ path: 'a.ipynb' }),
      document({ path: 'clean.txt', dirty: false }),
      document({ path: 'shared.ipynb', collaborative: true }),
      document({ path: 'deleted.txt' })
    ];
    expect(await saving(documents)).toEqual({
      calls: ['a.ipynb', 'deleted.txt'],
      result: { saved: ['a.ipynb', 'deleted.txt'], unsaved: [] }
    });
  });

  test('tells what JupyterLab would ask about, instead of asking', async () => {
    const documents = [
      document({ path: 'locked.txt', writable: false }),
      document({ path: 'viewed.txt', readOnly: true }),
      document({ path: 'changed.txt' }),
      document({ path: 'changed-hashed.txt', hash: 'other' })
    ];
    expect(await saving(documents)).toEqual({
      calls: [],
      result: {
        saved: [],
        unsaved: [
          { path: 'locked.txt', why: 'it is read-only' },
          { path: 'viewed.txt', why: 'it is read-only' },
          { path: 'changed.txt', why: 'it was changed on disk meanwhile' },
          { path: 'changed-hashed.txt', why: 'it was changed on disk meanwhile' }
        ]
      }
    });
  });

  test('goes by the hash where both are known, as clocks may differ', async () => {
    const { result } = await saving([document({ path: 'changed-hashed.txt', hash: 'abc' })]);
    expect(result).toEqual({ saved: ['changed-hashed.txt'], unsaved: [] });
  });

  test('is not held up by one document that fails, nor by one that hangs', async () => {
    jest.useFakeTimers();
    const saved = saving(
      [
        document({ path: 'full.txt' }),
        document({ path: 'stuck.txt' }),
        document({ path: 'c.txt' })
      ],
      ({ path }) =>
        path === 'full.txt'
          ? Promise.reject(new Error('No space left on device'))
          : path === 'stuck.txt'
            ? new Promise(() => undefined)
            : Promise.resolve()
    );
    await jest.advanceTimersByTimeAsync(SAVE_LIMIT_MS);
    jest.useRealTimers();
    expect((await saved).result).toEqual({
      saved: ['c.txt'],
      unsaved: [
        { path: 'full.txt', why: 'No space left on device' },
        { path: 'stuck.txt', why: 'saving took longer than 6 s' }
      ]
    });
  });
});
