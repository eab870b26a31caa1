import type { Clock } from '../../../program/clock';
import type { Log } from '../../../program/log';
import { LogLimiter } from '../../../program/log_limiter';
import type { Lottery } from '../../lottery/lottery';
import type { Telemetry } from '../../telemetry/telemetry';
import { countedAs, Refusal } from '../http/refusals/problem';
import { Turns } from '../http/requests/turns';
import type { CurrentTokens } from '../identity/current_tokens';
import type { DoorTls } from '../tls/door_tls';
import { KeyedTurns } from './keyed_turns';
import type { Peer } from './peer';
import { MAX_READS_AT_ONCE, MAX_WAITING_READS } from './limits';

/** What the conversations with all clients share. */
export class MemcachedContext {
  /** The turns of those who ask for values. */
  readonly reads = new Turns(MAX_READS_AT_ONCE, MAX_WAITING_READS);
  /** The turns of those who read a note and write it: whoever shares it would have them try again. */
  readonly changes = new KeyedTurns();
  readonly startedAtMs: number;
  readonly #clock: Clock;
  readonly #telemetry: Telemetry;
  readonly #log: Log;
  readonly #limiter: LogLimiter;

  /**
   * @param tokens who may use it by a token; whoever reaches it, where there are neither tokens nor certificates
   * @param tls of the door; `undefined` where it speaks no TLS
   * @param maxValueBytes the longest value
   */
  constructor(
    readonly lottery: Lottery,
    readonly tokens: CurrentTokens,
    readonly tls: DoorTls | undefined,
    readonly maxValueBytes: number,
    telemetry: Telemetry,
    clock: Clock,
    log: Log,
  ) {
    this.#telemetry = telemetry;
    this.#clock = clock;
    this.startedAtMs = clock.nowMs();
    this.#log = log;
    this.#limiter = new LogLimiter(() => clock.nowMs());
  }

  /** How many connections the door has. */
  get connections(): number {
    return this.#telemetry.connections('memcached');
  }

  /** Seconds since the door was made. */
  get uptimeSeconds(): number {
    return Math.floor((this.#clock.nowMs() - this.startedAtMs) / 1_000);
  }

  /** A connection has a peer. @returns to be called when it has it no more */
  connected({ party, right, certificateExpiresAtMs }: Peer): () => void {
    return this.#telemetry.connected(party, right, certificateExpiresAtMs);
  }

  /** Counts a refusal, and logs each code at most once a second. @param operation the command */
  reportRefusal(refusal: Refusal, operation: string): void {
    const { code, message } = refusal;
    const counted = countedAs(refusal);
    if (counted === undefined) return;
    this.#telemetry.refused('memcached', counted);
    const keptBack = this.#limiter.admit(code);
    if (keptBack === undefined) return;
    const more = keptBack > 0 ? { more: keptBack } : {};
    this.#log.warning('refuse_message', 'fail', {
      code,
      door: 'memcached',
      operation,
      reason: message,
      ...more,
    });
  }
}
