import { ServerConnection } from '@jupyterlab/services';

import { ControlClient } from '../api/client';

function clientThatGets(answer: () => Promise<Response>): ControlClient {
  return new ControlClient(
    ServerConnection.makeSettings({ baseUrl: 'http://localhost/', fetch: answer })
  );
}

const PROBLEM = {
  type: 'about:blank',
  title: 'Not Found',
  status: 404,
  detail: 'There is no app "comfy". Apps: jupyterlab.',
  code: 'no_such_app'
};

describe('ControlClient', () => {
  test('rejects with the code and detail of a problem', async () => {
    const client = clientThatGets(() =>
      Promise.resolve(new Response(JSON.stringify(PROBLEM), { status: 404 }))
    );
    await expect(client.restart('comfy')).rejects.toMatchObject({
      code: 'no_such_app',
      message: PROBLEM.detail,
      status: 404
    });
  });

  test('says what to do where the server extension is not there', async () => {
    const client = clientThatGets(() =>
      Promise.resolve(new Response('<html>404</html>', { status: 404 }))
    );
    await expect(client.snapshot()).rejects.toMatchObject({
      code: 'unexpected',
      message:
        'GET v1/apps was answered by status 404. Is the server extension jupyter_restart enabled? ' +
        '`jupyter server extension list` tells.'
    });
  });

  test('tells a server that does not answer from one that refuses', async () => {
    const client = clientThatGets(() => Promise.reject(new TypeError('Failed to fetch')));
    await expect(client.snapshot()).rejects.toMatchObject({ code: 'unreachable', status: 0 });
  });

  test('takes a page of HTML for no answer', async () => {
    const client = clientThatGets(() => Promise.resolve(new Response('<html>Log in</html>')));
    await expect(client.snapshot()).rejects.toMatchObject({ code: 'unexpected' });
  });
});
