import { once } from 'node:events';
import { IncomingHttpHeaders, IncomingMessage, request } from 'node:http';
import { request as requestOverTls } from 'node:https';

import { Clock, SYSTEM_CLOCK } from '../../../../program/clock';
import { Ledger } from '../../../ledger/ledger';
import { MemoryLedger } from '../../../ledger/memory_ledger';
import { Lottery } from '../../../lottery/lottery';
import { LotteryContext } from '../../../lottery/lottery_context';
import { RecordedLog } from '../../../../program/testing/recorded_log';
import { Telemetry } from '../../../telemetry/telemetry';
import { CurrentTokens } from '../../identity/current_tokens';
import { DoorTls } from '../../tls/door_tls';
import { ClientTls, TestAuthority } from '../../tls/testing/test_authority';
import type { TlsCredentials } from '../../tls/tls_credentials';
import { HttpDoor, RegisterMore } from '../http_door';
import { HTTP_LIMITS, HttpLimits } from '../limits';
import { HttpDoorSettings } from '../settings';
import type { CheckPool } from '../workers/check_pool';

/** The lottery that the door opens. */
export const TERMS = { agencies: 3, winnerNumber: 7_574 };

/** One bet of the winner number, as a line of CSV. */
export const CSV_LINE = '1,Ana,Paz,31204458,1987-03-17,7574\n';
/** Headers of a CSV body. */
export const CSV = { 'content-type': 'text/csv' };
/** Headers of a JSON body. */
export const JSON_BODY = { 'content-type': 'application/json' };

/** What a test sets differently from the defaults. */
export interface DoorOptions {
  readonly ledger?: Ledger;
  readonly clock?: Clock;
  readonly settings?: Partial<HttpDoorSettings>;
  readonly limits?: Partial<HttpLimits>;
  /** With it, the door speaks HTTPS. */
  readonly tls?: TestTls | undefined;
  /** What is around the lottery: its deadline, for example. */
  readonly lottery?: Partial<LotteryContext>;
  /** Whether the door has the page, its feed, the health checks and the metrics. */
  readonly registersWatch?: boolean;
  /** The workers that check long bodies; none if left out. */
  readonly checkPool?: CheckPool;
  /** Routes that the door has in their place. */
  readonly registerMore?: RegisterMore;
}

/** How a door speaks HTTPS. */
export interface TestTls {
  readonly credentials: TlsCredentials;
  /** How a client connects to it unless it says otherwise. */
  readonly client: ClientTls;
}

/** An answer. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON. */
  readonly json: unknown;
}

/** What a request has in addition to its method and path. */
export interface AskOptions {
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Buffer;
  readonly signal?: AbortSignal;
  /** How it connects, where the door speaks HTTPS. */
  readonly tls?: ClientTls;
}

const HANDSHAKES = { door: 'http', applicationProtocols: ['http/1.1'] };
const NOTHING_MORE: RegisterMore = () => ({ close: () => undefined });
const open: OpenDoor[] = [];
let everyDoor: TestTls | undefined;

/** From now on, every door of this test file speaks HTTPS. */
export function speakHttps(): void {
  let authority: TestAuthority | undefined;
  beforeAll(async () => {
    authority = await TestAuthority.make();
    everyDoor = { credentials: await authority.credentials(false), client: authority.nobody };
  });
  afterAll(() => authority?.close());
}

/** Closes the doors that a test opened. */
export async function closeDoors(): Promise<void> {
  await Promise.all(open.splice(0).map((door) => door.close()));
}

/** A door that listens on a free port, over a lottery in memory. */
export class OpenDoor {
  port = 0;
  readonly log = new RecordedLog();
  readonly memory = new MemoryLedger(TERMS);
  readonly lottery: Lottery;
  readonly telemetry: Telemetry;
  readonly door: HttpDoor;
  /** How a client connects, where the door speaks HTTPS. */
  readonly clientTls: ClientTls | undefined;

  static async open(options: DoorOptions = {}): Promise<OpenDoor> {
    const door = new OpenDoor(options);
    open.push(door);
    door.port = (await door.door.listen()).port;
    return door;
  }

  private constructor(options: DoorOptions) {
    const { ledger, clock = SYSTEM_CLOCK, settings, limits, ...more } = options;
    const { log } = this;
    const tls = options.tls ?? everyDoor;
    this.clientTls = tls?.client;
    const { registersWatch = false, registerMore = NOTHING_MORE } = more;
    this.telemetry = new Telemetry(TERMS, (ledger ?? this.memory).openedWith);
    const onBroken = (error: Error): void => {
      throw error;
    };
    const context = { clock, log, observer: this.telemetry, onBroken, ...options.lottery };
    this.lottery = new Lottery(ledger ?? this.memory, TERMS, context);
    this.door = new HttpDoor({
      lottery: this.lottery,
      telemetry: this.telemetry,
      settings: {
        port: 0,
        address: '127.0.0.1',
        tokens: new CurrentTokens(undefined),
        maxPayloadBytes: 100_000,
        ...(tls && { tls: new DoorTls(HANDSHAKES, TERMS.agencies, tls.credentials, clock, log) }),
        ...settings,
      },
      clock,
      log,
      limits: { ...HTTP_LIMITS, ...limits },
      checkPool: options.checkPool,
      ...(!registersWatch && { registerMore }),
    });
  }

  /** The audit log; empty if another ledger was given. */
  get lines(): readonly string[] {
    return this.memory.auditLines;
  }

  /** The memory of the bodies that are read, or wait for their check. */
  get bodyBytes(): number {
    return this.door.bodyBytes;
  }

  close(): Promise<void> {
    return this.door.close();
  }

  /** Sends a request on a connection of its own. */
  async ask(method: string, path: string, options: AskOptions = {}): Promise<Answer> {
    const { headers = {}, body, signal, tls = this.clientTls } = options;
    const send = tls === undefined ? request : requestOverTls;
    const sent = send({
      ...tls,
      ...(tls && { agent: false }),
      host: '127.0.0.1',
      port: this.port,
      method,
      path,
      headers: { ...headers, connection: 'close' },
      ...(signal && { signal }),
    });
    sent.end(body);
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    let text = '';
    for await (const chunk of answer) text += String(chunk);
    const { statusCode = 0, headers: answered } = answer;
    return { status: statusCode, headers: answered, text, json: jsonOf(answered, text) };
  }

  /** Sends a batch in CSV. */
  putCsv(agency: number, batch: number, body: string | Buffer, headers = {}): Promise<Answer> {
    return this.ask('PUT', `/agencies/${agency}/batches/${batch}`, { headers: { ...CSV, ...headers }, body });
  }

  /** Sends a batch in JSON. */
  putJson(agency: number, batch: number, body: unknown): Promise<Answer> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return this.ask('PUT', `/agencies/${agency}/batches/${batch}`, { headers: JSON_BODY, body: text });
  }

  /** Ends the sale of some agencies; of all when left out. */
  async finish(...agencies: readonly number[]): Promise<void> {
    const finishing = agencies.length > 0 ? agencies : [1, 2, 3];
    for (const agency of finishing) await this.ask('PUT', `/agencies/${agency}/finish`);
  }
}

function jsonOf(headers: IncomingHttpHeaders, text: string): unknown {
  return headers['content-type']?.includes('json') === true && text !== '' ? JSON.parse(text) : undefined;
}
