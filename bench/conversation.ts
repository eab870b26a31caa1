import { once } from 'node:events';
import { connect, Socket } from 'node:net';

import { Reply, ReplyDecoder } from '../protocol/reply_decoder';

/** A connection to a server on which replies are awaited one by one. */
export class Conversation {
  readonly #socket: Socket;
  readonly #decoder = new ReplyDecoder();
  readonly #waiting: ((reply: Reply) => void)[] = [];

  static async open(port: number): Promise<Conversation> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    return new Conversation(socket);
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#decoder.push(chunk);
      for (let reply = this.#decoder.next(); reply !== undefined; reply = this.#decoder.next()) {
        this.#waiting.shift()?.(reply);
      }
    });
    socket.on('error', () => undefined);
  }

  /** Sends a message and waits for the reply to it. */
  ask(message: Buffer): Promise<Reply> {
    this.#socket.write(message);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  close(): void {
    this.#socket.destroy();
  }
}
