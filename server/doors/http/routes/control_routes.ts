/** What the internal control reads: every leaf of the log, with its bets (docs/HTTP.md, "The control's feed"). */
import type { FastifyInstance } from 'fastify';

import type { HttpContext } from '../context';
import { Refusal } from '../refusals/problem';
import { apiOptions } from './api_route';
import { noReceipts } from './log_routes';
import { CONTROL_LEAVES_PATH } from './paths';
import { BYTES_ANSWER } from './schemas';

/** Those from the index `after` on, at most `limit` of them. */
const LEAVES_QUERY = {
  type: 'object',
  additionalProperties: false,
  properties: {
    after: {
      type: 'integer',
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      default: 0,
      description: 'How many leaves are known.',
    },
    limit: { type: 'integer', minimum: 1, maximum: 256, default: 256, description: 'How many at most.' },
  },
};

/** Adds it; where the lottery keeps no log, it says so. */
export function addControlRoutes(app: FastifyInstance, context: HttpContext): void {
  app.get<{ Querystring: { readonly after: number; readonly limit: number } }>(
    CONTROL_LEAVES_PATH,
    apiOptions(context, {
      operationId: 'getControlLeaves',
      summary: "Published leaves of the lottery's log with their bets, for the internal control",
      names: 'nothing',
      access: 'reading',
      query: LEAVES_QUERY,
      good: { 200: BYTES_ANSWER },
      refusals: ['not-found'],
    }),
    async (request, reply) => {
      const { controlLeaves } = context.settings;
      if (controlLeaves === undefined) throw noReceipts();
      const { after, limit } = request.query;
      const exchange = context.exchangeOf(request);
      const leaves = await context.batchReads.run(exchange.abandoned, async () => {
        context.reserveAnswer(exchange, context.maxBodyBytes);
        const bytes = await controlLeaves(after, limit);
        if (bytes === undefined) throw new Refusal('unavailable', 'the log cannot be read now');
        context.countAnswer(exchange, bytes.length);
        return bytes;
      });
      return reply.type('application/octet-stream').send(leaves);
    },
  );
}
