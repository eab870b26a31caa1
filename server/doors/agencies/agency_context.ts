import { isHealthCheck } from '../../../protocol/echo';
import { ProtocolError } from '../../../protocol/error_codes';
import { encodeReceipt } from '../../../protocol/receipt';
import { Request } from '../../../protocol/request_decoder';
import { encodeWin } from '../../../protocol/win';
import { Clock } from '../../../program/clock';
import { Log } from '../../../program/log';
import { LogLimiter } from '../../../program/log_limiter';
import { Lottery } from '../../lottery/lottery';
import { toldAgency } from '../told_agency';
import { Telemetry } from '../../telemetry/telemetry';
import type { ProvedParty } from './peer_rights';

/** What a message asked for. */
export interface Asked {
  readonly operation?: Request['type'] | undefined;
  readonly agency?: number | undefined;
}

/** What the conversations with all agencies share. */
export class AgencyContext {
  readonly #telemetry: Telemetry;
  readonly #log: Log;
  readonly #limiter: LogLimiter;
  readonly #wins = new Map<number, Buffer>();
  #asks = 0;

  constructor(
    readonly lottery: Lottery,
    telemetry: Telemetry,
    clock: Clock,
    log: Log,
  ) {
    this.#telemetry = telemetry;
    this.#log = log;
    this.#limiter = new LogLimiter(() => clock.nowMs());
  }

  /** Numbers an ASK: a later one has the higher number (R22). */
  nextAsk(): number {
    return ++this.#asks;
  }

  /**
   * The WIN of an agency, encoded once: many connections may ask for it.
   *
   * @param documents those of its winners, joined with `,`
   * @throws ProtocolError `unavailable` when they are longer than a WIN can say
   */
  winOf(agency: number, documents: string): Buffer {
    let win = this.#wins.get(agency);
    if (win === undefined) {
      win = encoded(() => encodeWin(documents), 'more winners than a WIN can hold');
      this.#wins.set(agency, win);
    }
    return win;
  }

  /** An agency has asked where it stands. */
  heard(agency: number): void {
    this.#telemetry.heard(agency);
  }

  /** A connection speaks for an agency, and nobody had to say who it is. @returns to be called when it does so no more */
  connected(agency: number): () => void {
    return this.#telemetry.connected(agency, 'none');
  }

  /** A connection has proved who is there. @returns to be called when it is gone */
  proved({ party, certificateExpiresAtMs }: ProvedParty): () => void {
    return this.#telemetry.connected(party, 'certificate', certificateExpiresAtMs);
  }

  /** Logs an ECHO, at most one a second; those of health checks at DEBUG. */
  reportEcho(line: Buffer): void {
    const isCheck = isHealthCheck(line);
    const keptBack = this.#limiter.admit(isCheck ? 'health check' : 'echo');
    if (keptBack === undefined) return;
    const details = { bytes: line.length, ...(keptBack > 0 && { more: keptBack }) };
    if (isCheck) this.#log.debug('receive_message', 'success', details);
    else this.#log.info('receive_message', 'success', details);
  }

  /**
   * Counts a refusal, and logs each code at most once a second.
   *
   * @param asked the message, and the agency that it names, as far as they can be told
   */
  reportRefusal({ code, message, batchId }: ProtocolError, { operation, agency }: Asked): void {
    this.#telemetry.refused('tcp', code);
    const keptBack = this.#limiter.admit(code);
    if (keptBack === undefined) return;
    const more = keptBack > 0 ? { more: keptBack } : {};
    const told = toldAgency(agency);
    this.#log.warning('refuse_message', 'fail', {
      code,
      door: 'tcp',
      ...(operation !== undefined && { operation }),
      ...(told !== undefined && { agency: told }),
      batch: batchId,
      reason: message,
      ...more,
    });
  }
}

/** The reply to an RCP. @throws ProtocolError `unavailable` when the receipt is longer than it may be */
export function receiptReply(receipt: Buffer | undefined): Buffer {
  return encoded(() => encodeReceipt(receipt), 'the receipt is longer than an RCP can hold');
}

function encoded(encode: () => Buffer, tooLong: string): Buffer {
  try {
    return encode();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ProtocolError('unavailable', tooLong);
  }
}
