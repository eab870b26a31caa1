/** How requests are refused: the line in the audit log, then the answer. */
import type { FastifyReply, FastifyRequest } from 'fastify';

import type { Log } from '../../../../program/log';
import { LogLimiter } from '../../../../program/log_limiter';
import { isErrorCode } from '../../../../protocol/error_codes';
import type { Telemetry } from '../../../telemetry/telemetry';
import { REQUEST_ID_HEADER } from '../requests/admission';
import { asRefusal, PROBLEM_TYPE, ProblemCode, Refusal } from './problem';
import type { HttpSurroundings } from '../context';
import type { Visit } from '../requests/visits';

/** Refusals that no operation is answered with: their requests are none, or may be made again. */
const WITHOUT_LINE: ReadonlySet<ProblemCode> = new Set(['method-not-allowed', 'uri-too-long', 'unavailable']);

const PROBLEM_HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

/** Answers requests with refusals, counts them, and logs them. */
export class Refusals {
  readonly #door: HttpSurroundings;
  readonly #log: Log;
  readonly #limiter: LogLimiter;

  constructor(door: HttpSurroundings, log: Log) {
    this.#door = door;
    this.#log = log;
    this.#limiter = new LogLimiter(() => door.clock.nowMs());
  }

  /** Answers a request with what an error comes to. Nothing is answered when nobody is there any more. */
  async answer(error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const visit = this.#door.visitOf(request);
    if (visit.isOver) return reply.hijack();
    const refusal = await this.#noted(visit, asRefusal(error) ?? this.#unforeseen(error));
    this.report(refusal);
    if (visit.requestId !== undefined) reply.header(REQUEST_ID_HEADER, visit.requestId);
    return reply
      .code(refusal.status)
      .headers({ ...PROBLEM_HEADERS, ...refusal.headers })
      .type(PROBLEM_TYPE)
      .send(refusal.toBody());
  }

  /** Counts a refusal, and logs it: each code at most once a second. */
  report(refusal: Refusal): void {
    const { code, message } = refusal;
    const counted = countedAs(code);
    if (counted === undefined) return;
    this.#door.lottery.telemetry.refused('http', counted);
    const keptBack = this.#limiter.admit(code);
    if (keptBack === undefined) return;
    const more = keptBack > 0 ? { more: keptBack } : {};
    this.#log.warning('refuse_message', 'fail', { code, reason: message, ...more });
  }

  /** Logs, at most once a second, that a connection was not taken. */
  reportDrop(reason: string): void {
    const keptBack = this.#limiter.admit('drop');
    if (keptBack === undefined) return;
    this.#log.warning('accept_connections', 'fail', { door: 'http', reason, more: keptBack });
  }

  /** The refusal, once it stands in the audit log where it must; another one when it cannot stand there. */
  async #noted(visit: Visit, refusal: Refusal): Promise<Refusal> {
    const { operation, requestId } = visit;
    if (operation === undefined || visit.isInHand || WITHOUT_LINE.has(refusal.code)) return refusal;
    try {
      visit.handOver();
      await this.#door.lottery.note(operation.name, operation.uri, refusal.status, requestId);
      return refusal;
    } catch (error) {
      return asRefusal(error) ?? this.#unforeseen(error);
    }
  }

  /** What is told of an error that nobody foresaw: to the client nothing, to the operator where it came from. */
  #unforeseen(error: unknown): Refusal {
    const keptBack = this.#limiter.admit('unforeseen');
    if (keptBack !== undefined) {
      const [, where = ''] = (error instanceof Error ? error.stack : undefined)?.split(/\n\s*at /) ?? [];
      const name = error instanceof Error ? error.name : typeof error;
      this.#log.error('answer_request', 'fail', { error: name, at: where, more: keptBack });
    }
    return new Refusal('internal-error', 'the server made a mistake, and has logged it');
  }
}

/** As what a refusal is counted; `undefined` for what is none, but an ordinary answer or a mistake of our own. */
function countedAs(code: ProblemCode): Parameters<Telemetry['refused']>[1] | undefined {
  if (code === 'not-drawn' || code === 'internal-error') return undefined;
  if (code === 'unauthorized' || code === 'forbidden' || isErrorCode(code)) return code;
  return 'bad-request';
}
