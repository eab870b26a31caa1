/** The draw, and the winners of an agency. */
import type { FastifyInstance } from 'fastify';

import { DRAW_URI } from '../../../ledger/audit_line';
import { Draw, drawnState } from '../../../ledger/ledger';
import { countDocuments } from '../../../telemetry/telemetry';
import { apiOptions, JSON_TYPE, WINNERS_PATH } from './api_route';
import { DRAW_TIMEOUT_MS } from '../limits';
import { PathNumbers } from './path_numbers';
import { Refusal } from '../refusals/problem';
import { DRAW_ANSWER, WAIT_QUERY, WINNERS_ANSWER } from './schemas';
import type { HttpSurroundings } from '../context';
import type { Visit } from '../requests/visits';

const MS_PER_SECOND = 1_000;

/** How long a request waits for the draw. */
interface WaitQuery {
  /** Seconds. */
  readonly wait: number;
}

/** Adds the routes of the draw. */
export function addDrawRoutes(app: FastifyInstance, door: HttpSurroundings): void {
  addWinnersRoute(app, door);
  addDrawRoute(app, door);
}

function addWinnersRoute(app: FastifyInstance, door: HttpSurroundings): void {
  const kept = new KeptAnswers<number>();
  app.get<{ Params: PathNumbers; Querystring: WaitQuery }>(
    WINNERS_PATH,
    apiOptions(door, {
      operationId: 'getWinners',
      summary: 'The documents of the winning bets of an agency, once the draw has run',
      names: 'agency',
      needsToken: true,
      query: WAIT_QUERY,
      good: { 200: { description: 'The winners. They never change.', schema: WINNERS_ANSWER } },
      refusals: ['not-found', 'unknown-agency', 'not-drawn', 'closed'],
    }),
    async (request, reply) => {
      const { agency } = request.params;
      const visit = door.visitOf(request);
      await waitForDraw(door, visit, agency, request.query.wait);
      const documents = await door.lottery.winnersNow(agency, visit.handOver(), visit.abandoned);
      if (documents === undefined) {
        throw new Refusal('not-drawn', 'the draw has not run: not all agencies have finished');
      }
      const winners = (): readonly string[] => (documents === '' ? [] : documents.split(','));
      return reply.type(JSON_TYPE).send(kept.answer(agency, () => ({ agency, winners: winners() })));
    },
  );
}

function addDrawRoute(app: FastifyInstance, door: HttpSurroundings): void {
  const kept = new KeptAnswers<Draw | undefined>();
  app.get(
    DRAW_URI,
    apiOptions(door, {
      operationId: 'getDraw',
      summary: 'How far the draw is, and its result in sums',
      names: 'nothing',
      needsToken: false,
      good: { 200: { description: 'The draw.', schema: DRAW_ANSWER } },
      refusals: [],
    }),
    async (request, reply) => {
      const visit = door.visitOf(request);
      boundWait(door, visit);
      const draw = await door.lottery.drawNow(visit.handOver(), visit.abandoned);
      return reply.type(JSON_TYPE).send(kept.answer(draw, () => drawAnswer(door, draw)));
    },
  );
}

/** @throws Refusal `unavailable` when the door stops, or too many wait */
async function waitForDraw(
  door: HttpSurroundings,
  visit: Visit,
  agency: number,
  seconds: number,
): Promise<void> {
  // An agency that does not exist is told so at once.
  if (agency <= door.lottery.terms.agencies) {
    await door.drawWaiters.wait(seconds * MS_PER_SECOND, visit.abandoned);
  }
  if (visit.abandoned.aborted) throw new Refusal('unavailable', 'the server is stopping');
  boundWait(door, visit);
}

/** A draw that is being held may take its time when the storage fails: it is not waited for without end. */
function boundWait(door: HttpSurroundings, visit: Visit): void {
  visit.atEnd(door.clock.after(DRAW_TIMEOUT_MS, () => visit.abandon()));
}

function drawAnswer({ lottery }: HttpSurroundings, draw: Draw | undefined): object {
  const { winnerNumber, agencies } = lottery.terms;
  const winners = [...(draw?.winners ?? [])].sort(([one], [other]) => one - other);
  return {
    state: draw === undefined ? 'awaited' : drawnState(draw),
    winner_number: winnerNumber,
    agencies,
    bets: draw?.bets ?? null,
    missing_agencies: draw?.missingAgencies ?? [],
    winners: winners.map(([agency, documents]) => ({ agency, count: countDocuments(documents) })),
  };
}

/** Answers that never change: made once, however many take them, and however slowly. */
class KeptAnswers<Key> {
  readonly #kept = new Map<Key, Buffer>();

  answer(key: Key, make: () => object): Buffer {
    let bytes = this.#kept.get(key);
    if (bytes === undefined) {
      bytes = Buffer.from(JSON.stringify(make()));
      this.#kept.set(key, bytes);
    }
    return bytes;
  }
}
