/** How requests are refused: first the line in the audit log, then the answer. */
import type { FastifyReply, FastifyRequest } from 'fastify';

import type { Log, LogDetails } from '../../../../program/log';
import { LogLimiter } from '../../../../program/log_limiter';
import { toldAgency } from '../../told_agency';
import type { HttpContext } from '../context';
import type { Exchange } from '../requests/exchange';
import { REQUEST_ID_HEADER } from '../requests/request_id';
import { asRefusal, countedAs, PROBLEM_TYPE, ProblemCode, Refusal } from './problem';

/** Refusals without a line in the audit log: the request is no operation, or may be sent again as if it were new. */
const WITHOUT_LINE: ReadonlySet<ProblemCode> = new Set([
  'method-not-allowed',
  'uri-too-long',
  'unavailable',
  'version-not-supported',
]);

/** A parameter in the path of a route. */
const PARAMETER = /:([a-z]+)/g;

const PROBLEM_HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

/** Answers requests with refusals, counts them, and logs them. */
export class Refusals {
  readonly #context: HttpContext;
  readonly #log: Log;
  readonly #limiter: LogLimiter;

  constructor(context: HttpContext, log: Log) {
    this.#context = context;
    this.#log = log;
    this.#limiter = new LogLimiter(() => context.clock.nowMs());
  }

  /** Answers a request with the refusal that an error stands for; not at all when the client is gone. */
  async answer(error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const exchange = this.#context.exchangeOf(request);
    if (exchange.isOver) return reply.hijack();
    const refusal = await this.#noted(exchange, this.#refusalFor(error, exchange));
    this.report(refusal, askedOf(request));
    if (exchange.requestId !== undefined) reply.header(REQUEST_ID_HEADER, exchange.requestId);
    return reply
      .code(refusal.status)
      .headers({ ...PROBLEM_HEADERS, ...refusal.headers })
      .type(PROBLEM_TYPE)
      .send(refusal.toBody());
  }

  /** Counts a refusal, and logs it: each code at most once a second. @param asked what was asked for */
  report(refusal: Refusal, asked: LogDetails = {}): void {
    const { code, message } = refusal;
    const counted = countedAs(refusal);
    if (counted === undefined) return;
    this.#context.telemetry.refused('http', counted);
    const keptBack = this.#limiter.admit(code);
    if (keptBack === undefined) return;
    const more = keptBack > 0 ? { more: keptBack } : {};
    this.#log.warning('refuse_message', 'fail', { code, door: 'http', ...asked, reason: message, ...more });
  }

  /** Logs, at most once a second, that a connection was dropped. */
  reportDrop(reason: string): void {
    const keptBack = this.#limiter.admit(reason);
    if (keptBack === undefined) return;
    this.#log.warning('accept_connections', 'fail', { door: 'http', reason, more: keptBack });
  }

  #refusalFor(error: unknown, exchange: Exchange): Refusal {
    const refusal = asRefusal(error) ?? this.#unforeseen(error);
    const { revocation, state, operation } = exchange;
    // What was submitted and writes may have been done.
    const isUndone = state === 'received' || operation?.name === 'GET';
    const isGivenUp = revocation !== undefined && refusal.code === 'unavailable' && isUndone;
    return (isGivenUp ? asRefusal(revocation) : undefined) ?? refusal;
  }

  /**
   * Notes a refusal in the audit log, unless the ledger writes the line itself or there is none to write.
   *
   * @returns the refusal to answer with: another one when the line could not be written
   */
  async #noted(exchange: Exchange, refusal: Refusal): Promise<Refusal> {
    const { operation, state } = exchange;
    // A wait that was given up in the lottery has no line.
    const hasLine = state === 'submitted' && refusal !== exchange.revocation;
    if (operation === undefined || hasLine || WITHOUT_LINE.has(refusal.code)) return refusal;
    try {
      await exchange.submitRefusal((requestId) =>
        this.#context.lottery.note(
          operation.name,
          operation.uri,
          refusal.status,
          requestId,
          0,
          this.#context.senderOf(exchange),
        ),
      );
      return refusal;
    } catch (error) {
      return asRefusal(error) ?? this.#unforeseen(error);
    }
  }

  /** Logs where an unforeseen error came from. @returns the refusal for the client, which reveals nothing of it */
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

/** What a request asked for: the method and the path of its route, in which only the agency's number is the client's. */
function askedOf({ method, params, routeOptions }: FastifyRequest): LogDetails {
  const url: unknown = routeOptions.url;
  if (typeof url !== 'string') return {};
  const agency = toldAgency(new Map(Object.entries(params ?? {})).get('agency'));
  return {
    operation: method,
    path: url.replaceAll(PARAMETER, '{$1}'),
    ...(agency !== undefined && { agency }),
  };
}
