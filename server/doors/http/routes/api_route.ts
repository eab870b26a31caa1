import type { RouteShorthandOptions } from 'fastify';

import { AGENCIES_URI } from '../../../ledger/audit_line';
import { pathNumbers, requireDigits } from './path_numbers';
import type { ProblemCode } from '../refusals/problem';
import {
  AGENCY_PARAMETERS,
  answers,
  BATCH_PARAMETERS,
  NO_QUERY,
  REQUEST_HEADERS,
  SECURITY_SCHEME,
} from './schemas';
import type { HttpSurroundings } from '../context';

/** The paths of the resources that have parameters. */
export const AGENCY_PATH = `${AGENCIES_URI}/:agency`;
export const BATCH_PATH = `${AGENCY_PATH}/batches/:batch`;
export const FINISH_PATH = `${AGENCY_PATH}/finish`;
export const WINNERS_PATH = `${AGENCY_PATH}/winners`;

/** The media type of most answers. */
export const JSON_TYPE = 'application/json; charset=utf-8';

/** What an operation of the API is. */
export interface ApiOperation {
  /** Its name in the OpenAPI document. */
  readonly operationId: string;
  readonly summary: string;
  /** What its path names. */
  readonly names: 'batch' | 'agency' | 'nothing';
  /** Whether it needs a token that is good for the agency of its path. */
  readonly needsToken: boolean;
  /** The schema of its query; none is taken when left out. */
  readonly query?: object;
  /** The good answers, by status. */
  readonly good: Parameters<typeof answers>[0];
  /** What it may be refused with, beside what any request may be. */
  readonly refusals: readonly ProblemCode[];
}

const PARAMETERS = {
  batch: { params: BATCH_PARAMETERS },
  agency: { params: AGENCY_PARAMETERS },
  nothing: {},
};
const OF_TOKENS: readonly ProblemCode[] = ['unauthorized', 'forbidden'];

/** The options of a route of the API: what any of them looks at before it reads the body. */
export function apiOptions(door: HttpSurroundings, operation: ApiOperation): RouteShorthandOptions {
  const { operationId, summary, names, needsToken, query, good, refusals } = operation;
  return {
    schema: {
      operationId,
      summary,
      ...PARAMETERS[names],
      querystring: query ?? NO_QUERY,
      headers: REQUEST_HEADERS,
      response: answers(good, needsToken ? [...OF_TOKENS, ...refusals] : refusals),
      ...(needsToken && { security: [{ [SECURITY_SCHEME]: [] }] }),
    },
    onRequest: (request, reply, done) => {
      reply.header('cache-control', 'no-store');
      if (names !== 'nothing') {
        const { agency } = pathNumbers(request.params);
        if (needsToken) door.access.require(agency, request.headers);
      }
      requireDigits(request.query);
      done();
    },
  };
}
