/** The OpenAPI document, generated from the schemas of the routes. */
import swagger from '@fastify/swagger';
import type { FastifyInstance, FastifySchema } from 'fastify';

import { FORM_BODY, VALUE_BODY } from './note_schemas';
import { BEACON_BODY, NUMBER_BODY } from './draw_schemas';
import {
  AGENCY_NOTES_PATH,
  BATCH_PATH,
  BEACON_PATH,
  LOTTERY_NOTES_PATH,
  NOTE_IN_NOTES,
  NUMBER_PATH,
} from './paths';
import { BATCH_BODY, CERTIFICATE_SCHEME, SECURITY_SCHEME, SHARED_SCHEMAS } from './schemas';

/** The path of the document. */
export const OPENAPI_PATH = '/openapi.json';

/** The routes read these bodies themselves, a batch bet by bet: their schemas are only for the document. */
const BODIES: ReadonlyMap<string, object> = new Map([
  [`PUT ${BATCH_PATH}`, BATCH_BODY],
  [`PUT ${NUMBER_PATH}`, NUMBER_BODY],
  [`PUT ${BEACON_PATH}`, BEACON_BODY],
  ...[AGENCY_NOTES_PATH, LOTTERY_NOTES_PATH].flatMap((path): [string, object][] => [
    [`POST ${path}`, FORM_BODY],
    [`PUT ${path}${NOTE_IN_NOTES}`, VALUE_BODY],
  ]),
]);

/** The library's types are of OpenAPI 3.0, which knows no such scheme. */
const CERTIFICATE: unknown = {
  type: 'mutualTLS',
  description:
    'A client certificate that names its party with one URI, `lottery:agency-7`, `lottery:operator` or ' +
    '`lottery:auditor`, where the server believes a CA. With a token too, both must be of the same party.',
};

const DESCRIPTION =
  'Agencies sell batches of bets, finish, and learn their winners when the draw has run. They and the lottery keep ' +
  'notes beside the bets. ' +
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
              "An agency's token for its own agency, or the operator's for all; for what needs only `reading`, the " +
              "auditor's as well; for `overseeing`, the operator's or the auditor's. " +
              'A server without tokens and certificates that listens on a loopback address needs none.',
          },
          [CERTIFICATE_SCHEME]: CERTIFICATE as never,
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

function withBody(
  schema: FastifySchema | undefined,
  url: string,
  method: string | readonly string[],
): FastifySchema {
  const body = BODIES.get(`${String(method)} ${url}`);
  return { ...schema, ...(body !== undefined && { body }) };
}

function nameOf(id: unknown, index: number): string {
  return typeof id === 'string' ? id : `def-${index}`;
}
