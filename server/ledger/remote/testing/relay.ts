import { once } from 'node:events';
import { connect, createServer, Server, Socket } from 'node:net';

/**
 * Stands between a ledger and its database. It can hold back the database's answers, or send new connections to another
 * database, as an address does that is switched over. For tests.
 */
export class Relay {
  readonly #server: Server;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #port: number;
  #isHolding = false;

  /** @param url of the database */
  static async start(url: string): Promise<Relay> {
    const relay = new Relay(portOf(url));
    await once(relay.#server.listen(0, '127.0.0.1'), 'listening');
    // A test that fails before it closes the relay ends all the same.
    relay.#server.unref();
    return relay;
  }

  private constructor(port: number) {
    this.#port = port;
    this.#server = createServer((client) => {
      const database = connect(this.#port, '127.0.0.1');
      const pair = [client, database] as const;
      this.#pairs.add(pair);
      client.on('data', (bytes) => void database.write(bytes));
      database.on('data', (bytes) => {
        if (!this.#isHolding) client.write(bytes);
      });
      for (const socket of pair) {
        socket.on('error', () => undefined);
        socket.on('close', () => this.#end(pair));
      }
    });
  }

  /** The same database, through the relay. */
  url(databaseUrl: string): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the relay does not listen');
    const url = new URL(databaseUrl);
    url.port = String(address.port);
    return url.href;
  }

  /** Sends new connections to this database; existing ones stay where they are. @param url of the database */
  turnTo(url: string): void {
    this.#port = portOf(url);
  }

  /** From now on no answer arrives, on existing connections and new ones. */
  holdAnswers(): void {
    this.#isHolding = true;
  }

  /** Ends the ledger's side of all connections; the database's side stays. New connections work as usual. */
  cutClients(): void {
    this.#isHolding = false;
    const pairs = [...this.#pairs];
    this.#pairs.clear();
    for (const [client, database] of pairs) {
      database.removeAllListeners('data');
      client.destroy();
    }
  }

  async close(): Promise<void> {
    for (const pair of this.#pairs) this.#end(pair);
    this.#server.close();
    await once(this.#server, 'close');
  }

  #end(pair: readonly [Socket, Socket]): void {
    // Of a pair that was cut, the database's side is left as it is: it must notice nothing.
    if (!this.#pairs.delete(pair)) return;
    for (const socket of pair) socket.destroy();
  }
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}
