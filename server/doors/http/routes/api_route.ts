import type { RouteShorthandOptions } from 'fastify';

import { LOTTERY_OWNER } from '../../../ledger/note';
import type { HttpContext } from '../context';
import type { ProblemCode } from '../refusals/problem';
import { pathNote, pathNumbers, requireDigits } from './path_numbers';
import { AGENCY_NOTE_PARAMETERS, NOTE_PARAMETERS } from './note_schemas';
import {
  AGENCY_PARAMETERS,
  answers,
  BATCH_PARAMETERS,
  CERTIFICATE_SCHEME,
  NO_QUERY,
  REQUEST_HEADERS,
  SECURITY_SCHEME,
} from './schemas';

/** The media type of most answers. */
export const JSON_TYPE = 'application/json; charset=utf-8';

/** An operation of the API. */
export interface ApiOperation {
  /** Its name in the OpenAPI document. */
  readonly operationId: string;
  readonly summary: string;
  /** What its path identifies. */
  readonly names: keyof typeof PARAMETERS;
  /**
   * What a request must be entitled to: nothing, or to read or to write what belongs to the agency in its path; where there
   * is none, to the lottery; or to oversee the draw, as the operator and the auditor are.
   */
  readonly access: 'open' | 'reading' | 'writing' | 'overseeing';
  /** The schema of its query; without one, the operation takes no query. */
  readonly query?: object;
  /** The names of those values of the query that are texts; all others are numbers. */
  readonly texts?: readonly string[];
  /** The successful answers, by status. */
  readonly good: Parameters<typeof answers>[0];
  /** The refusals that are possible, apart from those of any request. */
  readonly refusals: readonly ProblemCode[];
}

const PARAMETERS = {
  batch: { params: BATCH_PARAMETERS },
  agency: { params: AGENCY_PARAMETERS },
  'note of an agency': { params: AGENCY_NOTE_PARAMETERS },
  note: { params: NOTE_PARAMETERS },
  nothing: {},
};
const TOKEN_REFUSALS: readonly ProblemCode[] = ['unauthorized', 'forbidden'];

/** The options of an API route: its schemas, and the checks of every route before it reads the body. */
export function apiOptions(context: HttpContext, operation: ApiOperation): RouteShorthandOptions {
  const { operationId, summary, names, access, query, texts, good, refusals } = operation;
  return {
    schema: {
      operationId,
      summary,
      ...PARAMETERS[names],
      querystring: query ?? NO_QUERY,
      headers: REQUEST_HEADERS,
      response: answers(good, access === 'open' ? refusals : [...TOKEN_REFUSALS, ...refusals]),
      ...(access !== 'open' && {
        security: [{ [SECURITY_SCHEME]: [access] }, { [CERTIFICATE_SCHEME]: [access] }],
      }),
    },
    onRequest: (request, reply, done) => {
      reply.header('cache-control', 'no-store');
      const owner = agencyIn(names, request.params) ?? LOTTERY_OWNER;
      if (access === 'overseeing') {
        context.exchangeOf(request).authorize(() => void context.access.requireOverseer(request.raw));
      } else if (access !== 'open') {
        const require = access === 'reading' ? 'requireReading' : 'requireWriting';
        context.exchangeOf(request).authorize(() => context.access[require](owner, request.raw));
      }
      requireDigits(request.query, texts);
      done();
    },
  };
}

/** Checks a path. @returns the agency in it, if there is to be one @throws Refusal `not-found` */
function agencyIn(names: ApiOperation['names'], parameters: unknown): number | undefined {
  switch (names) {
    case 'nothing':
      return undefined;
    case 'note':
      pathNote(parameters);
      return undefined;
    case 'note of an agency':
      return pathNote(parameters).owner;
    default:
      return pathNumbers(parameters).agency;
  }
}
