import Ajv2020 from 'ajv/dist/2020';
import addFormats from 'ajv-formats';

import contract from '../../../java-kernel/src/main/resources/openapi.json';
import { ControlClient } from '../api/client';

const schemas: Record<string, { example?: unknown }> = contract.components.schemas;
const ajv = new Ajv2020({ strict: false });
addFormats(ajv);
ajv.addSchema(contract, 'contract');

describe('the contract', () => {
  test.each(Object.keys(schemas))('holds an example of %s that fits its schema', name => {
    const validate = ajv.compile({ $ref: `contract#/components/schemas/${name}` });
    const example = schemas[name]?.example;
    expect(example).toBeDefined();
    validate(example);
    expect(validate.errors).toBeNull();
  });

  test('knows every route that the panel calls, and takes what it sends', async () => {
    const calls = await callsOfEveryMethod();
    const unknown = calls.filter(call => !isKnown(call));
    expect(unknown).toEqual([]);
    expect(calls.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /v1/apps',
      'GET /v1/events?after=17&wait=25&snapshot=true&client=tab-7',
      'GET /v1/plan?app=jupyterlab',
      'POST /v1/apps/jupyterlab/restart',
      'POST /v1/apps/jupyterlab/postpone',
      'POST /v1/apps/jupyterlab/enable',
      'POST /v1/apps/jupyterlab/disable',
      'POST /v1/apps/jupyterlab/drained',
      'GET /v1/apps/comfyui/prompts',
      'POST /v1/apps/comfyui/prompts/send',
      'POST /v1/apps/comfyui/prompts/discard',
      'DELETE /v1/clients/tab-7'
    ]);
  });
});

interface ICall {
  method: string;
  path: string;
  body: unknown;
}

async function callsOfEveryMethod(): Promise<ICall[]> {
  const calls: ICall[] = [];
  const baseUrl = 'http://localhost/hub/user/ada/';
  const prefix = `${baseUrl}restart`;
  const { ServerConnection } = await import('@jupyterlab/services');
  const client = new ControlClient(
    ServerConnection.makeSettings({
      baseUrl,
      fetch: async input => {
        const request = input as Request;
        const body = await request.text();
        calls.push({
          method: request.method,
          path: request.url.slice(prefix.length),
          body: body ? JSON.parse(body) : undefined
        });
        return new Response('{}');
      }
    })
  );
  await client.snapshot();
  await client.events({ after: 17, waitS: 25, client: 'tab-7' });
  await client.plan('jupyterlab');
  await client.restart('jupyterlab');
  await client.postpone('jupyterlab', '30m');
  await client.enable('jupyterlab');
  await client.disable('jupyterlab');
  await client.drained('jupyterlab', {
    restart_id: 'r-1f',
    client: 'tab-7',
    saved: ['a.ipynb'],
    unsaved: []
  });
  await client.keptPrompts('comfyui');
  await client.sendAgain('comfyui', ['8fe2']);
  await client.discard('comfyui', ['8fe2']);
  await client.leave('tab-7');
  return calls;
}

interface IOperation {
  requestBody?: { content: { 'application/json': { schema: { $ref: string } } } };
  parameters?: { in: string; name: string }[];
}

function isKnown({ method, path, body }: ICall): boolean {
  const [route = '', query = ''] = path
    .replace(/apps\/(jupyterlab|comfyui)/, 'apps/{name}')
    .replace('/clients/tab-7', '/clients/{client}')
    .split('?');
  const paths = contract.paths as unknown as Record<string, Record<string, IOperation> | undefined>;
  const operation = paths[route]?.[method.toLowerCase()];
  if (!operation) {
    return false;
  }
  const names = (operation.parameters ?? []).filter(one => one.in === 'query').map(one => one.name);
  const schema = operation.requestBody?.content['application/json'].schema.$ref;
  const isBodyFit =
    body === undefined || (schema !== undefined && ajv.validate(`contract${schema}`, body));
  return isBodyFit && [...new URLSearchParams(query).keys()].every(key => names.includes(key));
}
