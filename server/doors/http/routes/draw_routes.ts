/** The routes of the draw, and of an agency's winners. */
import type { FastifyInstance } from 'fastify';

import type { Draw } from '../../../ledger/draw';
import { awaitedDrawAnswer, drawAnswer, winnersAnswer } from '../answers';
import type { HttpContext } from '../context';
import { jsonBody } from '../json_body';
import { DRAW_TIMEOUT_MS } from '../limits';
import { Refusal } from '../refusals/problem';
import type { Exchange } from '../requests/exchange';
import { apiOptions, JSON_TYPE } from './api_route';
import { PathNumbers } from './path_numbers';
import { DRAW_PATH, WINNERS_PATH } from './paths';
import { DRAW_ANSWER } from './draw_schemas';
import { WAIT_QUERY, WINNERS_ANSWER } from './schemas';

const MS_PER_SECOND = 1_000;

/** How long a request waits for the draw. */
interface WaitQuery {
  /** Seconds. */
  readonly wait: number;
}

/** Adds the routes of the draw. */
export function addDrawRoutes(app: FastifyInstance, context: HttpContext): void {
  addWinnersRoute(app, context);
  addDrawRoute(app, context);
}

function addWinnersRoute(app: FastifyInstance, context: HttpContext): void {
  const kept = new KeptAnswers<number>();
  app.get<{ Params: PathNumbers; Querystring: WaitQuery }>(
    WINNERS_PATH,
    apiOptions(context, {
      operationId: 'getWinners',
      summary: 'The documents of the winning bets of an agency, once the draw has run',
      names: 'agency',
      access: 'reading',
      query: WAIT_QUERY,
      good: { 200: { description: 'The winners. They never change.', schema: WINNERS_ANSWER } },
      refusals: ['not-found', 'unknown-agency', 'not-drawn', 'closed'],
    }),
    async (request, reply) => {
      const { agency } = request.params;
      const exchange = context.exchangeOf(request);
      await waitForDraw(context, exchange, agency, request.query.wait);
      const documents = await exchange.submit((requestId) =>
        context.lottery.winnersNow(agency, requestId, exchange.abandoned),
      );
      if (documents === undefined) {
        throw new Refusal('not-drawn', 'the draw has not run: not all agencies have finished');
      }
      return reply.type(JSON_TYPE).send(kept.answer(agency, () => winnersAnswer(agency, documents)));
    },
  );
}

function addDrawRoute(app: FastifyInstance, context: HttpContext): void {
  const kept = new KeptAnswers<Draw>();
  app.get(
    DRAW_PATH,
    apiOptions(context, {
      operationId: 'getDraw',
      summary: 'How far the draw is, and its result in sums',
      names: 'nothing',
      access: 'open',
      good: { 200: { description: 'The draw.', schema: DRAW_ANSWER } },
      refusals: [],
    }),
    async (request, reply) => {
      const exchange = context.exchangeOf(request);
      boundWait(context, exchange);
      const { draw, view } = await exchange.submit((requestId) =>
        context.lottery.drawNow(requestId, exchange.abandoned),
      );
      const { terms } = context.lottery;
      if (draw === undefined) return awaitedDrawAnswer(terms, view);
      return reply.type(JSON_TYPE).send(kept.answer(draw, () => drawAnswer(terms, draw)));
    },
  );
}

/**
 * Waits until the draw has run, at most for so many seconds.
 *
 * @throws Refusal `unavailable` when the door stops, or too many requests wait
 */
async function waitForDraw(
  context: HttpContext,
  exchange: Exchange,
  agency: number,
  seconds: number,
): Promise<void> {
  // What comes behind it on its connection may be what the draw waits for.
  exchange.letPass();
  // An unknown agency is refused at once.
  if (agency <= context.lottery.terms.agencies) {
    await context.drawWaiters.wait(seconds * MS_PER_SECOND, exchange.abandoned);
  }
  if (exchange.abandoned.aborted) throw new Refusal('unavailable', 'the server is stopping');
  boundWait(context, exchange);
}

/** Ends the wait of a request after a time: a draw that is running can take long when the storage fails. */
function boundWait(context: HttpContext, exchange: Exchange): void {
  exchange.atEnd(context.clock.after(DRAW_TIMEOUT_MS, () => exchange.abandon()));
}

/** Answers that never change. Each is made once, however many clients read it, and however slowly. */
class KeptAnswers<Key> {
  readonly #kept = new Map<Key, Buffer>();

  answer(key: Key, make: () => object): Buffer {
    let bytes = this.#kept.get(key);
    if (bytes === undefined) {
      bytes = jsonBody(make());
      this.#kept.set(key, bytes);
    }
    return bytes;
  }
}
