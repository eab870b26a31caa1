/** The OpenAPI document, generated from the schemas of the routes. */
import swagger from '@fastify/swagger';
import type { FastifyInstance, FastifySchema } from 'fastify';

import { BATCH_PATH } from './paths';
import { BATCH_BODY, SECURITY_SCHEME, SHARED_SCHEMAS } from './schemas';

/** The path of the document. */
export const OPENAPI_PATH = '/openapi.json';

const DESCRIPTION =
  'Agencies sell batches of bets, finish, and learn their winners when the draw has run. ' +
  'Whatever is refused is answered with problem details (RFC 9457); a method that does not fit, with 405 and Allow.';

/** Collects the routes that are added to the app from now on; so it comes before every other route. */
export async function gatherOpenApi(app: FastifyInstance): Promise<void> {
  for (const schema of SHARED_SCHEMAS) app.addSchema(schema);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Lottery', version: '1.0.0', description: DESCRIPTION },
      components: {
        securitySchemes: {
          [SECURITY_SCHEME]: {
            type: 'http',
            scheme: 'bearer',
            description:
              "An agency's token for its own agency, or the operator's for all. " +
              'A server without tokens that listens on a loopback address needs none.',
          },
        },
      },
    },
    refResolver: { buildLocalReference: ({ $id }, _base, _fragment, index) => nameOf($id, index) },
    transform: ({ schema, url, route }) => ({ url, schema: withBody(schema, url, route.method) }),
  });
}

/** Adds the route that serves the document. */
export function addOpenApiRoute(app: FastifyInstance): void {
  let document: string | undefined;
  app.get(
    OPENAPI_PATH,
    {
      schema: {
        operationId: 'getOpenApi',
        summary: 'This document',
        response: {
          200: { description: 'An OpenAPI 3.1 document.', type: 'object', additionalProperties: true },
        },
      },
    },
    async (_request, reply) => {
      document ??= JSON.stringify(app.swagger());
      return reply.header('cache-control', 'no-cache').type('application/json; charset=utf-8').send(document);
    },
  );
}

/** The door checks the body of a batch itself, bet by bet: the body's schema is only for the document. */
function withBody(
  schema: FastifySchema | undefined,
  url: string,
  method: string | readonly string[],
): FastifySchema {
  return { ...schema, ...(url === BATCH_PATH && method === 'PUT' && { body: BATCH_BODY }) };
}

function nameOf(id: unknown, index: number): string {
  return typeof id === 'string' ? id : `def-${index}`;
}
