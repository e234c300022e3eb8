import { oursAmong, portOf } from '../model/ours';
import { anApp, aSnapshot } from './fixtures';

const here = anApp({ name: 'jupyterlab', port: 8888 });
const there = anApp({ name: 'jupyterlab-8889', port: 8889 });
const comfy = anApp({ name: 'comfyui', life: 'stop_start', port: 8188 });

describe('the server of this page', () => {
  test('is the only Jupyter server, whatever the port in front of it', () => {
    expect(oursAmong(aSnapshot({ apps: [comfy, here] }), 443)).toEqual([here]);
  });

  test('is told from others by its port', () => {
    expect(oursAmong(aSnapshot({ apps: [comfy, here, there] }), 8889)).toEqual([there]);
  });

  test('may be any of several behind a proxy', () => {
    expect(oursAmong(aSnapshot({ apps: [comfy, here, there] }), 443)).toEqual([here, there]);
  });

  test('is unknown before the first answer', () => {
    expect(oursAmong(null, 8888)).toEqual([]);
  });
});

test.each([
  ['http://127.0.0.1:8888/', 8888],
  ['https://hub.example.org/user/ada/', 443],
  ['http://example.org/', 80]
])('the port of %s is %s', (url, port) => {
  expect(portOf(url)).toBe(port);
});
