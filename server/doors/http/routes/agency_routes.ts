/** The agencies: how much is stored of them, and the end of their sale. */
import type { FastifyInstance } from 'fastify';

import { AGENCIES_URI } from '../../../ledger/audit_line';
import type { Standing } from '../../../ledger/ledger';
import { AGENCY_PATH, apiOptions, FINISH_PATH } from './api_route';
import { LISTED_AGENCY_BYTES } from '../limits';
import { pathNumbers } from './path_numbers';
import { AGENCY_ANSWER, FINISHED_ANSWER, LIST_ANSWER, LIST_QUERY } from './schemas';
import type { HttpSurroundings } from '../context';

/** Which agencies are listed. */
interface ListQuery {
  readonly after: number;
  readonly limit: number;
}

/** Adds the routes of the agencies. */
export function addAgencyRoutes(app: FastifyInstance, door: HttpSurroundings): void {
  addListRoute(app, door);
  addSumsRoute(app, door);
  addFinishRoute(app, door);
}

function addListRoute(app: FastifyInstance, door: HttpSurroundings): void {
  app.get<{ Querystring: ListQuery }>(
    AGENCIES_URI,
    apiOptions(door, {
      operationId: 'listAgencies',
      summary: 'How much is stored of the agencies, at one moment',
      names: 'nothing',
      needsToken: false,
      query: LIST_QUERY,
      good: { 200: { description: 'The agencies in the order of their numbers.', schema: LIST_ANSWER } },
      refusals: [],
    }),
    async (request) => {
      const { after, limit } = request.query;
      const visit = door.visitOf(request);
      door.reserveAnswer(visit, limit * LISTED_AGENCY_BYTES);
      const standings = await door.lottery.standings(after, limit, visit.handOver());
      const last = after + standings.length;
      return {
        agencies: standings.map((standing, index) => sumsOf(after + index + 1, standing)),
        next: standings.length > 0 && last < door.lottery.terms.agencies ? last : null,
      };
    },
  );
}

function addSumsRoute(app: FastifyInstance, door: HttpSurroundings): void {
  app.get(
    AGENCY_PATH,
    apiOptions(door, {
      operationId: 'getAgency',
      summary: 'How much is stored of an agency',
      names: 'agency',
      needsToken: false,
      good: { 200: { description: 'The sums of the agency.', schema: AGENCY_ANSWER } },
      refusals: ['not-found', 'unknown-agency'],
    }),
    async (request) => {
      const { agency } = pathNumbers(request.params);
      return sumsOf(agency, await door.lottery.standing(agency, door.visitOf(request).handOver()));
    },
  );
}

function addFinishRoute(app: FastifyInstance, door: HttpSurroundings): void {
  app.put(
    FINISH_PATH,
    apiOptions(door, {
      operationId: 'finishAgency',
      summary: "Ends an agency's sale, for good; again, it changes nothing. The last one starts the draw",
      names: 'agency',
      needsToken: true,
      good: { 200: { description: 'The agency has finished.', schema: FINISHED_ANSWER } },
      refusals: ['not-found', 'unknown-agency', 'unsupported-media-type'],
    }),
    async (request) => {
      const { agency } = pathNumbers(request.params);
      await door.lottery.finish(agency, door.visitOf(request).handOver());
      return { agency, finished: true };
    },
  );
}

function sumsOf(agency: number, { bets, batches, lastBatchId, lastBetId, isFinished }: Standing) {
  return {
    agency,
    bets,
    batches,
    last_batch_id: lastBatchId,
    last_bet_id: lastBetId,
    finished: isFinished,
  };
}
