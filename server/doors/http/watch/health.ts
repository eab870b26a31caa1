import type { FastifyInstance } from 'fastify';

import type { Telemetry } from '../../../telemetry/telemetry';

/** The headers of answers that must not be cached. */
export const NO_STORE = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

const STATUS_BODY = { type: 'object', required: ['status'], properties: { status: { type: 'string' } } };

/**
 * Adds `GET /healthz`: 200 while the process answers; and `GET /readyz`: 200 while the server can take bets, else 503.
 * Both say `{"status": …}`.
 *
 * @param isStopping whether the server is stopping
 */
export function addHealthRoutes(app: FastifyInstance, telemetry: Telemetry, isStopping: () => boolean): void {
  const health = {
    operationId: 'getHealth',
    summary: 'Whether the process answers',
    response: { 200: { description: 'It does.', ...STATUS_BODY } },
  };
  app.get('/healthz', { schema: health }, (_, reply) => reply.headers(NO_STORE).send({ status: 'ok' }));
  const readiness = {
    operationId: 'getReadiness',
    summary: 'Whether the server can take bets',
    response: {
      200: { description: 'It can.', ...STATUS_BODY },
      503: { description: 'It cannot now.', ...STATUS_BODY },
    },
  };
  app.get('/readyz', { schema: readiness }, (_, reply) => {
    reply.headers(NO_STORE);
    if (isStopping()) return reply.code(503).send({ status: 'stopping' });
    if (!telemetry.isReady) return reply.code(503).send({ status: 'not ready' });
    return reply.send({ status: 'ready' });
  });
}
