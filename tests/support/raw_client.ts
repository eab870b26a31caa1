/** A client that writes bytes and reads bytes, and knows nothing of our code. */
import { connect, Socket } from 'node:net';
import { once } from 'node:events';
import { resetSocket } from '../../server/testing/reset_socket';

export class RawClient {
  readonly #socket: Socket;
  #received = Buffer.alloc(0);
  #isOver = false;
  #wake: () => void = () => undefined;

  static async open(port: number): Promise<RawClient> {
    const socket = connect({ host: '127.0.0.1', port });
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (bytes: Buffer) => {
      this.#received = Buffer.concat([this.#received, bytes]);
      this.#wake();
    });
    const over = (): void => {
      this.#isOver = true;
      this.#wake();
    };
    socket.on('end', over);
    socket.on('close', over);
    socket.on('error', over);
  }

  write(bytes: Buffer | string): void {
    this.#socket.write(bytes);
  }

  /** Exactly so many bytes; fewer when the peer closes before. */
  async read(count: number): Promise<string> {
    while (this.#received.length < count && !this.#isOver)
      await new Promise<void>((resolve) => (this.#wake = resolve));
    const bytes = this.#received.subarray(0, count);
    this.#received = this.#received.subarray(bytes.length);
    return bytes.toString('utf8');
  }

  /** A reply of 12 bytes of header and its payload (and the comma of an ACK). */
  async readReply(): Promise<string> {
    const header = await this.read(12);
    if (header.length < 12) return header;
    return header + (await this.read(Number(header.slice(4)) + (header.startsWith('ACK') ? 1 : 0)));
  }

  /** Everything up to the peer's end. */
  async readToEnd(): Promise<string> {
    return this.read(Number.MAX_SAFE_INTEGER);
  }

  endWriting(): void {
    this.#socket.end();
  }

  /** Closes with a reset, as the reference's client does when it leaves a byte unread. */
  reset(): void {
    resetSocket(this.#socket);
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** Sends one message on a connection of its own; the whole reply. */
export async function call(port: number, message: Buffer | string): Promise<string> {
  const client = await RawClient.open(port);
  client.write(message);
  const reply = await client.readReply();
  client.close();
  return reply;
}
