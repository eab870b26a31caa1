import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';

import { SYSTEM_CLOCK } from '../../../../program/clock';
import { RecordedLog } from '../../../../program/testing/recorded_log';
import type { Request } from '../../../../protocol/request_decoder';
import { Authority, Certificate } from '../../../../tests/support/certificates';
import { MemoryLedger } from '../../../ledger/memory_ledger';
import { Lottery } from '../../../lottery/lottery';
import { Telemetry } from '../../../telemetry/telemetry';
import type { StreamDoor } from '../../stream/stream_door';
import { TlsCredentials } from '../../tls/tls_credentials';
import { HandshakeSettings, TlsHandshakes } from '../../tls/handshakes';
import { Revocations } from '../../tls/revocations';
import { AgencyDoorSettings, createAgencyDoor } from '../agency_door';
import { TLS_LISTENER } from '../peer_rights';
import { DOOR_SETTINGS, fail, TERMS } from './bench';
import { Client } from './client';

/** What a bench may have of its own. */
export interface TlsBenchSettings {
  readonly handshakes?: Partial<HandshakeSettings>;
  readonly door?: Partial<AgencyDoorSettings>;
}

/** The agencies' door over TLS with real sockets, a CA of its own, and clients. For tests. */
export class TlsBench {
  readonly log = new RecordedLog();
  readonly ledger = new MemoryLedger(TERMS);
  readonly lottery: Lottery;
  readonly #clients: Client[] = [];
  readonly #telemetry = new Telemetry(TERMS, this.ledger.openedWith);
  port = 0;

  /** Makes the CA and the server's certificate, and opens the door. */
  static async open({ handshakes, door }: TlsBenchSettings = {}): Promise<TlsBench> {
    const folder = mkdtempSync(join(tmpdir(), 'lottery-tls-'));
    const authority = await Authority.make(folder, 'ca');
    const server = await authority.sign({ hosts: ['localhost'] });
    const files = {
      certificate: server.certificate,
      key: server.key,
      clientAuthority: authority.certificate,
      clientRevocations: authority.revocations,
    };
    const credentials = await TlsCredentials.read(
      files,
      (file, lists) => Revocations.read(file, lists),
      () => undefined,
    );
    const bench = new TlsBench(folder, authority, credentials, handshakes);
    await bench.#listen(door);
    return bench;
  }

  readonly handshakes: TlsHandshakes;
  #door!: StreamDoor<Request>;

  private constructor(
    readonly folder: string,
    readonly authority: Authority,
    readonly credentials: TlsCredentials,
    handshakes: Partial<HandshakeSettings> = {},
  ) {
    const { log } = this;
    this.lottery = new Lottery(this.ledger, TERMS, {
      clock: SYSTEM_CLOCK,
      log,
      observer: this.#telemetry,
      onBroken: fail,
    });
    this.handshakes = new TlsHandshakes({ door: 'tls', ...handshakes }, credentials, SYSTEM_CLOCK, log);
  }

  async #listen(settings: Partial<AgencyDoorSettings> = {}): Promise<void> {
    const { handshakes, lottery, log } = this;
    const listeners = [{ name: TLS_LISTENER, port: 0, address: '127.0.0.1', backlog: 511, handshakes }];
    const all = { ...DOOR_SETTINGS, listeners, ...settings };
    this.#door = createAgencyDoor(lottery, this.#telemetry, all, SYSTEM_CLOCK, log);
    this.credentials.onChange(() => {
      this.#door.dropCertificates((certificate) => this.credentials.isLost(certificate, Date.now()));
    });
    [this.port = 0] = await this.#door.listen();
  }

  /** How many connections the door has, those in a handshake included. */
  get connectionCount(): number {
    return this.#door.connectionCount;
  }

  /** A new certificate of an agency. */
  agency(agency: number): Promise<Certificate> {
    return this.authority.sign({ uri: `lottery:agency-${agency}` });
  }

  /** What a client needs that has a certificate. */
  optionsOf(certificate: Certificate | undefined): ConnectionOptions {
    return {
      ca: readFileSync(this.authority.certificate),
      ...(certificate && { cert: readFileSync(certificate.certificate), key: readFileSync(certificate.key) }),
    };
  }

  /** Connects. @param certificate the client's; `undefined` for none */
  async connect(certificate: Certificate | undefined, options: ConnectionOptions = {}): Promise<Client> {
    const client = await Client.openTls(this.port, { ...this.optionsOf(certificate), ...options });
    this.#clients.push(client);
    return client;
  }

  /** Connects without TLS. */
  async connectPlain(): Promise<Client> {
    const client = await Client.open(this.port);
    this.#clients.push(client);
    return client;
  }

  async close(): Promise<void> {
    for (const { socket } of this.#clients) socket.destroy();
    await this.#door.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
