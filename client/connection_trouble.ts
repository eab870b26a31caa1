import { OperationError } from '../program/exit';
import { Log } from '../program/log';
import type { SessionContext, SessionSettings } from './session_settings';
import { BackOff } from './back_off';
import { WAITING_ASK_MS } from './session_limits';

/** So many connections that end without an answer to ASK suggest that the server does not know it. */
const MAX_UNANSWERED_ASKS = 3;
const HINT =
  'a server that does not know ASK, as the reference, needs server.oneMessagePerConnection: true ' +
  '(CLI_SERVER_ONEMESSAGEPERCONNECTION); a port with TLS needs server.tls.ca (CLI_SERVER_TLS_CA)';
/** So many failures one after another for a reason that does not pass: files may be changing just now. */
const MAX_LASTING_FAILURES = 3;

/** What has gone wrong with a session's connections: how long to wait, when to give up, and what may help. */
export class ConnectionTrouble {
  readonly #settings: SessionSettings;
  readonly #nowMs: () => number;
  readonly #log: Log;
  readonly #backOff: BackOff;
  /** Since when nothing has worked. */
  #failingSinceMs: number | undefined;
  #waitingSinceMs = 0;
  #unansweredAsks = 0;
  #lastingFailures = 0;
  #hasAnswered = false;

  constructor(settings: SessionSettings, { clock, log, random }: SessionContext) {
    this.#settings = settings;
    this.#nowMs = () => clock.nowMs();
    this.#log = log;
    this.#backOff = new BackOff(random);
  }

  /** The server does what it is there for: the next trouble is a new one. */
  noteSuccess(): void {
    this.#backOff.reset();
    this.#failingSinceMs = undefined;
  }

  /** The draw is waited for from now on. */
  noteWait(): void {
    this.#waitingSinceMs = this.#nowMs();
  }

  /** That wait has ended with the connection. A long one is a connection that has worked. */
  noteEndOfWait(): void {
    if (this.#nowMs() - this.#waitingSinceMs >= WAITING_ASK_MS) this.noteSuccess();
  }

  /** The server has answered something: it speaks this protocol. */
  noteAnswer(): void {
    this.#hasAnswered = true;
  }

  /** A connection has ended while an ASK had no answer. */
  noteUnansweredAsk(): void {
    if (this.#hasAnswered) return;
    this.#unansweredAsks++;
    if (this.#unansweredAsks !== MAX_UNANSWERED_ASKS) return;
    this.#log.warning('connect', 'in_progress', {
      connections_without_answer: MAX_UNANSWERED_ASKS,
      hint: HINT,
    });
  }

  /**
   * A connection has failed.
   *
   * @param isLasting whether the reason is one that does not pass by itself
   * @returns how long to wait before the next one, in milliseconds
   * @throws OperationError when it is time to give up
   */
  waitMs(reason: string, isLasting = false): number {
    const { giveUpAfterMs } = this.#settings;
    this.#lastingFailures = isLasting ? this.#lastingFailures + 1 : 0;
    if (this.#lastingFailures >= MAX_LASTING_FAILURES) {
      throw new OperationError(`no connection to the server: ${reason}`);
    }
    this.#failingSinceMs ??= this.#nowMs();
    const failedForMs = this.#nowMs() - this.#failingSinceMs;
    if (giveUpAfterMs === 0 || failedForMs < giveUpAfterMs) return this.#backOff.nextMs();
    const isUnknownAsk = !this.#hasAnswered && this.#unansweredAsks >= MAX_UNANSWERED_ASKS;
    throw new OperationError(
      `no server for ${Math.round(failedForMs / 1_000)} s: ${reason}${isUnknownAsk ? `; ${HINT}` : ''}`,
    );
  }
}
