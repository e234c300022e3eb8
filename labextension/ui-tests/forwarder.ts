import { once } from 'node:events';
import {
  createConnection,
  createServer,
  type AddressInfo,
  type Server,
  type Socket
} from 'node:net';

/** A TCP port of this machine that leads to a unix socket, as nginx and `ssh -L` make one. */
export class Forwarder {
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly tcp: Server) {}

  static async to(path: string): Promise<Forwarder> {
    const tcp = createServer();
    const forwarder = new Forwarder(tcp);
    tcp.on('connection', browser => forwarder.join(browser, createConnection(path)));
    await once(tcp.listen(0, '127.0.0.1'), 'listening');
    return forwarder;
  }

  get port(): number {
    return (this.tcp.address() as AddressInfo).port;
  }

  stop(): void {
    this.tcp.close();
    this.sockets.forEach(socket => socket.destroy());
  }

  private join(browser: Socket, server: Socket): void {
    this.pass(browser, server);
    this.pass(server, browser);
  }

  private pass(from: Socket, to: Socket): void {
    this.sockets.add(from);
    from.on('error', () => to.destroy());
    from.on('close', () => this.sockets.delete(from));
    from.pipe(to);
  }
}
