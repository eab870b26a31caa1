import { SYSTEM_CLOCK } from '../../../../program/clock';
import { RecordedLog } from '../../../../program/testing/recorded_log';
import type { Ledger } from '../../../ledger/ledger';
import { EMPTY_LEDGER } from '../../../ledger/ledger';
import { MemoryLedger } from '../../../ledger/memory_ledger';
import { Lottery } from '../../../lottery/lottery';
import { Telemetry } from '../../../telemetry/telemetry';
import { Client } from '../../agencies/testing/client';
import { CurrentTokens } from '../../identity/current_tokens';
import { DoorTls } from '../../tls/door_tls';
import type { ClientTls } from '../../tls/testing/test_authority';
import type { TlsCredentials } from '../../tls/tls_credentials';
import { createMemcachedDoor, MemcachedDoorSettings } from '../memcached_door';

/** The lottery behind the door. */
export const TERMS = { agencies: 3, winnerNumber: 7_574 };

/** A memcached door over a ledger in memory. For tests. */
export class OpenMemcached {
  readonly log = new RecordedLog();
  readonly telemetry = new Telemetry(TERMS, EMPTY_LEDGER, false);
  readonly lottery: Lottery;
  readonly #door: ReturnType<typeof createMemcachedDoor>;
  readonly #clients: Client[] = [];
  #port = 0;

  /** @param credentials with them, it speaks TLS */
  static async open(
    settings: Partial<MemcachedDoorSettings> = {},
    ledger: Ledger = new MemoryLedger(TERMS),
    credentials?: TlsCredentials,
  ): Promise<OpenMemcached> {
    const open = new OpenMemcached(settings, ledger, credentials);
    [open.#port = 0] = await open.#door.listen();
    return open;
  }

  private constructor(
    settings: Partial<MemcachedDoorSettings>,
    readonly ledger: Ledger,
    credentials: TlsCredentials | undefined,
  ) {
    const tls =
      credentials === undefined
        ? undefined
        : new DoorTls({ door: 'memcached' }, TERMS.agencies, credentials, SYSTEM_CLOCK, this.log);
    const listener = { name: 'memcached', port: 0, address: '127.0.0.1', backlog: 511 };
    this.lottery = new Lottery(ledger, TERMS, {
      clock: SYSTEM_CLOCK,
      log: this.log,
      observer: this.telemetry,
      onBroken: (error) => {
        throw error;
      },
    });
    this.#door = createMemcachedDoor(
      this.lottery,
      this.telemetry,
      {
        listeners: [{ ...listener, handshakes: tls?.handshakes }],
        tls,
        tokens: new CurrentTokens(undefined),
        maxConnections: 100,
        maxPayloadBytes: 1_024 * 1_024,
        idleTimeoutMs: 60_000,
        ...settings,
      },
      SYSTEM_CLOCK,
      this.log,
    );
  }

  /** The audit log. */
  get lines(): readonly string[] {
    return 'auditLines' in this.ledger ? (this.ledger.auditLines as readonly string[]) : [];
  }

  /** A new connection. @param tls how, where the door speaks TLS */
  async connect(tls?: ClientTls): Promise<Client> {
    const client = await (tls === undefined ? Client.open(this.#port) : Client.openTls(this.#port, tls));
    this.#clients.push(client);
    return client;
  }

  /** Sends on a new connection, and waits for all that is answered up to the reply to a last `version`. */
  async ask(bytes: string, tls?: ClientTls): Promise<string> {
    const client = await this.connect(tls);
    client.send(`${bytes}version\r\nquit\r\n`);
    await client.expectEnd();
    client.socket.destroy();
    return client.received.replace(/VERSION 1\.0\.0\r\n$/, '');
  }

  async close(): Promise<void> {
    for (const { socket } of this.#clients) socket.destroy();
    this.lottery.close();
    await this.#door.close();
  }
}
