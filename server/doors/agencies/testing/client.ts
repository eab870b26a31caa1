import { once } from 'node:events';
import { connect, Socket } from 'node:net';
import { connect as connectTls, ConnectionOptions, TLSSocket } from 'node:tls';

/** A socket of a test, with what has come on it. */
export class Client {
  readonly socket: Socket;
  received = '';
  /** The other side has closed its half. */
  hasEnd = false;
  /** The connection is gone: `end`, or the code of the error. */
  readonly gone: Promise<string>;

  /** Connects to a port of this machine. */
  static async open(port: number): Promise<Client> {
    const client = new Client(connect({ port, host: '127.0.0.1', allowHalfOpen: true }));
    await once(client.socket, 'connect');
    return client;
  }

  /** Connects over TLS. The server's certificate is for `localhost`. */
  static async openTls(port: number, options: ConnectionOptions): Promise<Client> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const client = new Client(connectTls({ servername: 'localhost', ...options, socket }), socket);
    await once(client.socket, 'secureConnect');
    return client;
  }

  /** @param kernelSocket that of the kernel, which is another one over TLS */
  private constructor(
    socket: Socket,
    readonly kernelSocket = socket,
  ) {
    this.socket = socket;
    let reason = 'end';
    socket.on('error', (error: NodeJS.ErrnoException) => (reason = error.code ?? error.message));
    this.gone = new Promise((resolve) => socket.on('close', () => resolve(reason)));
    socket.on('data', (chunk: Buffer) => {
      this.received += chunk.toString('latin1');
      this.#wake();
    });
    socket.on('end', () => {
      this.hasEnd = true;
      this.#wake();
    });
  }

  /** The same socket, of a client over TLS. */
  get tlsSocket(): TLSSocket {
    if (!(this.socket instanceof TLSSocket)) throw new Error('the client speaks no TLS');
    return this.socket;
  }

  #wake: () => void = () => undefined;

  send(...bytes: (Buffer | string)[]): void {
    this.socket.write(Buffer.concat(bytes.map((part) => Buffer.from(part))));
  }

  /** Waits until exactly this has come; anything else fails. */
  async expectReceived(text: string): Promise<void> {
    await this.expectReceivedOrEnd(text);
    expect(this.received).toBe(text);
  }

  /** Waits until as much as this has come, or nothing more will. */
  async expectReceivedOrEnd(text: string): Promise<void> {
    while (this.received.length < text.length && !this.hasEnd) await this.#next();
  }

  /** Waits until what has come matches, or nothing more will. */
  async expectMatch(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.received) && !this.hasEnd) await this.#next();
    expect(this.received).toMatch(pattern);
  }

  /** Waits until the other side has closed its half. */
  async expectEnd(): Promise<void> {
    while (!this.hasEnd) await this.#next();
  }

  async #next(): Promise<void> {
    await Promise.race([new Promise<void>((resolve) => (this.#wake = resolve)), this.gone.then(fail)]);
  }
}

function fail(reason: string): never {
  throw new Error(`the connection is gone: ${reason}`);
}
