/** The routes of agencies: how much is stored of each, and the end of its sale. */
import type { FastifyInstance } from 'fastify';

import { listAnswer, sumsAnswer } from '../answers';
import type { HttpContext } from '../context';
import { LISTED_AGENCY_BYTES, MAX_LISTED_AGENCIES } from '../limits';
import { apiOptions } from './api_route';
import { pathNumbers } from './path_numbers';
import { AGENCIES_PATH, AGENCY_PATH, FINISH_PATH } from './paths';
import { AGENCY_ANSWER, FINISHED_ANSWER, LIST_ANSWER, LIST_QUERY } from './schemas';

/** Which agencies to list: those with numbers above `after`, at most `limit` of them. */
interface ListQuery {
  readonly after: number;
  readonly limit: number;
}

/** Adds the routes of the agencies. */
export function addAgencyRoutes(app: FastifyInstance, context: HttpContext): void {
  addListRoute(app, context);
  addSumsRoute(app, context);
  addFinishRoute(app, context);
}

function addListRoute(app: FastifyInstance, context: HttpContext): void {
  app.get<{ Querystring: ListQuery }>(
    AGENCIES_PATH,
    apiOptions(context, {
      operationId: 'listAgencies',
      summary: 'How much is stored of the agencies, at one moment',
      names: 'nothing',
      access: 'open',
      query: LIST_QUERY,
      good: { 200: { description: 'The agencies in the order of their numbers.', schema: LIST_ANSWER } },
      refusals: [],
    }),
    async (request) => {
      const { after, limit } = request.query;
      const exchange = context.exchangeOf(request);
      context.reserveAnswer(exchange, limit * LISTED_AGENCY_BYTES);
      const share = Math.min(limit, context.lottery.terms.agencies) / MAX_LISTED_AGENCIES;
      const standings = await context.lists.run(share, exchange.abandoned, () =>
        exchange.submit((requestId) => context.lottery.standings(after, limit, requestId)),
      );
      return listAnswer(after, standings, context.lottery.terms.agencies);
    },
  );
}

function addSumsRoute(app: FastifyInstance, context: HttpContext): void {
  app.get(
    AGENCY_PATH,
    apiOptions(context, {
      operationId: 'getAgency',
      summary: 'How much is stored of an agency',
      names: 'agency',
      access: 'open',
      good: { 200: { description: 'The sums of the agency.', schema: AGENCY_ANSWER } },
      refusals: ['not-found', 'unknown-agency'],
    }),
    async (request) => {
      const { agency } = pathNumbers(request.params);
      const { lottery } = context;
      const exchange = context.exchangeOf(request);
      return exchange.submit(async (requestId) => {
        const standing = await lottery.standing(agency, requestId, undefined, context.senderOf(exchange));
        const { check } = await lottery.checkUpTo(agency, standing.lastBatchId);
        return { ...sumsAnswer(agency, standing), check };
      });
    },
  );
}

function addFinishRoute(app: FastifyInstance, context: HttpContext): void {
  app.put(
    FINISH_PATH,
    apiOptions(context, {
      operationId: 'finishAgency',
      summary: "Ends an agency's sale, for good; again, it changes nothing. The last one starts the draw",
      names: 'agency',
      access: 'writing',
      good: { 200: { description: 'The agency has finished.', schema: FINISHED_ANSWER } },
      refusals: ['not-found', 'unknown-agency', 'unsupported-media-type'],
    }),
    async (request) => {
      const { agency } = pathNumbers(request.params);
      await context.exchangeOf(request).submit((requestId) => context.lottery.finish(agency, requestId));
      return { agency, finished: true };
    },
  );
}
