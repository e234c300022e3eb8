import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Where a Hub has Ada's server. */
export const HUB_PATH = '/user/ada/';
const ADA = {
  kind: 'user',
  name: 'ada',
  admin: false,
  groups: [],
  scopes: ['access:servers!user=ada']
};

/** Stands for a JupyterHub: whoever asks is let in as Ada. */
export class Hub {
  private constructor(
    private readonly http: Server,
    private readonly base: string
  ) {}

  static async start(): Promise<Hub> {
    const http = createServer(answer).listen(0, '127.0.0.1');
    await once(http, 'listening');
    return new Hub(http, `http://127.0.0.1:${(http.address() as AddressInfo).port}/hub/`);
  }

  /** Where browsers are sent to be let in; behind a Hub's proxy that is the server's own address. */
  get options(): string[] {
    return [`--HubOAuth.oauth_authorization_url=${this.base}api/oauth2/authorize`];
  }

  /** What a Hub tells the server that it starts at an address. */
  environment(address: string, token: string): NodeJS.ProcessEnv {
    return {
      JUPYTERHUB_ACTIVITY_URL: `${this.base}api/users/ada/activity`,
      JUPYTERHUB_API_TOKEN: token,
      JUPYTERHUB_API_URL: `${this.base}api`,
      JUPYTERHUB_CLIENT_ID: 'jupyterhub-user-ada',
      JUPYTERHUB_OAUTH_CALLBACK_URL: `${address}oauth_callback`,
      JUPYTERHUB_OAUTH_SCOPES: JSON.stringify(ADA.scopes),
      JUPYTERHUB_SERVER_NAME: '',
      JUPYTERHUB_SERVICE_PREFIX: HUB_PATH,
      JUPYTERHUB_SERVICE_URL: address,
      JUPYTERHUB_USER: ADA.name
    };
  }

  stop(): void {
    this.http.close();
    this.http.closeAllConnections();
  }
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://hub');
  if (pathname === '/hub/api/oauth2/authorize') {
    const back = new URL(searchParams.get('redirect_uri') ?? '');
    back.search = String(
      new URLSearchParams({ code: 'c', state: searchParams.get('state') ?? '' })
    );
    response.writeHead(302, { Location: back.href }).end();
    return;
  }
  const answers: Record<string, object> = {
    '/hub/api/oauth2/token': { access_token: 'of-ada', token_type: 'Bearer' },
    '/hub/api/user': ADA
  };
  response
    .writeHead(200, { 'Content-Type': 'application/json' })
    .end(JSON.stringify(answers[pathname] ?? {}));
}
