/** The JSON schemas of requests and answers, for their validation and serialization and for the OpenAPI document. */
import {
  MAX_BATCH_ID,
  MAX_BATCH_SIZE,
  MAX_BET_ID,
  MAX_DOCUMENT_DIGITS,
  MAX_NAME_BYTES,
  MAX_NUMBER,
} from '../../../../protocol/limits';
import { REQUEST_ID_RULE } from '../../../ledger/audit_line';
import { MAX_LISTED_AGENCIES, MAX_LISTED_BETS, MAX_WAIT_S } from '../limits';
import { PROBLEM_TYPE, ProblemCode, PROBLEMS } from '../refusals/problem';

/** The longest number that is read from a path, or the longest of an agency, in digits. */
export const MAX_DIGITS = 15;
/** The name under which the OpenAPI document has its security scheme. */
export const SECURITY_SCHEME = 'token';
/** The same, of the certificates. */
export const CERTIFICATE_SCHEME = 'certificate';

/** A number of something. */
export const count = (description: string): object => ({ type: 'integer', minimum: 0, description });
/** An agency's number. */
export const agency = { type: 'integer', minimum: 1, description: "The agency's number." };
const batch = { type: 'integer', minimum: 1, maximum: MAX_BATCH_ID, description: "The batch's id." };
const name = {
  type: 'string',
  minLength: 1,
  maxLength: MAX_NAME_BYTES,
  pattern: '^[^,;\\u0000-\\u001f\\u007f]+$',
  description: `1 to ${MAX_NAME_BYTES} bytes of UTF-8 without comma, semicolon and control characters.`,
};
const document = { type: 'string', pattern: `^[0-9]{1,${MAX_DOCUMENT_DIGITS}}$` };

const bet = object({
  bet_id: { type: 'integer', minimum: 1, maximum: MAX_BET_ID },
  first_name: name,
  last_name: name,
  document,
  birthdate: {
    type: 'string',
    pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$',
    description: 'A day of the Gregorian calendar from 1900 on, written YYYY-MM-DD.',
  },
  number: { type: 'integer', minimum: 0, maximum: MAX_NUMBER },
});

const sums = {
  agency,
  bets: count('How many of its bets are stored.'),
  batches: count('How many of its batches are stored.'),
  last_batch_id: count('The highest id up to which every batch is stored; 0 for none.'),
  last_bet_id: count('The id of the last bet in that batch; 0 for none.'),
  finished: { type: 'boolean', description: 'Whether it has finished.' },
};
const agencySums = object(sums);
const agencyStanding = object({
  ...sums,
  check: {
    type: 'integer',
    minimum: 0,
    maximum: 4_294_967_295,
    description:
      'CRC-32 of the batches 1 to last_batch_id: of ";" and then the bets joined with ";", each as in a BET. It does ' +
      'not depend on how the bets were cut into batches.',
  },
});

const problem = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code'],
  additionalProperties: false,
  properties: {
    type: { type: 'string', description: 'A relative reference, /problems/ and the code.' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'For a person. It repeats nothing of what was sent.' },
    code: { type: 'string', enum: Object.keys(PROBLEMS), description: 'For a program.' },
    errors: {
      type: 'array',
      maxItems: MAX_LISTED_BETS,
      description: 'The first bad bets of a batch.',
      items: object({
        position: { type: 'integer', minimum: 1, description: "The bet's place in the batch, from 1 on." },
        field: { type: 'string', description: 'The field, or bet for the bet as a whole.' },
        rule: { type: 'string', description: 'What is allowed there.' },
      }),
    },
    bad_bets: count('How many bets of a batch are bad.'),
  },
};

/** The schemas that others refer to by name. */
export const SHARED_SCHEMAS: readonly object[] = [
  { $id: 'Problem', ...problem },
  { $id: 'Bet', ...bet },
  { $id: 'AgencySums', ...agencySums },
  { $id: 'AgencyStanding', ...agencyStanding },
];

/** The parameters in the path of an agency, and of a batch. */
export const AGENCY_PARAMETERS = { type: 'object', properties: { agency }, required: ['agency'] };
export const BATCH_PARAMETERS = {
  type: 'object',
  properties: { agency, batch },
  required: ['agency', 'batch'],
};

/** The query of the list of agencies. */
export const LIST_QUERY = {
  type: 'object',
  additionalProperties: false,
  properties: {
    after: {
      type: 'integer',
      minimum: 0,
      maximum: 10 ** MAX_DIGITS - 1,
      default: 0,
      description: 'Agencies above this number.',
    },
    limit: {
      type: 'integer',
      minimum: 1,
      maximum: MAX_LISTED_AGENCIES,
      default: MAX_LISTED_AGENCIES,
      description: 'How many at most.',
    },
  },
};

/** The query of the winners: how long to wait for the draw. */
export const WAIT_QUERY = {
  type: 'object',
  additionalProperties: false,
  properties: {
    wait: {
      type: 'integer',
      minimum: 0,
      maximum: MAX_WAIT_S,
      default: 0,
      description: 'How many seconds to wait for the draw.',
    },
  },
};

/** The query of operations that take none. */
export const NO_QUERY = { type: 'object', additionalProperties: false, properties: {} };

/** The headers that any request to the API may have. */
export const REQUEST_HEADERS = {
  type: 'object',
  properties: {
    'Request-Id': {
      type: 'string',
      pattern: '^[A-Za-z0-9._~:-]{1,64}$',
      description: `What the client calls its request: ${REQUEST_ID_RULE}. It stands in the audit log and in the answer.`,
    },
  },
};

/** A batch as a request's body, in both media types. */
export const BATCH_BODY = {
  content: {
    'application/json': { schema: batchOf({ $ref: 'Bet#' }) },
    'text/csv': {
      schema: {
        type: 'string',
        description:
          'A line for each bet, bet_id,first_name,last_name,document,birthdate,number, without a header; ' +
          'a field that begins with a quote is quoted as RFC 4180 says.',
      },
    },
  },
};

/** The bets of a batch as an answer, in both media types. */
export const BETS_ANSWER = { description: 'The bets of the batch.', ...BATCH_BODY };

/** A file that is text. */
export const TEXT_ANSWER = {
  description: 'The file.',
  content: { 'text/plain': { schema: { type: 'string' } } },
};
/** A file that is not. */
export const BYTES_ANSWER = {
  description: 'The file.',
  content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
};
/** Several files. */
export const TAR_ANSWER = {
  description: 'The files.',
  content: { 'application/x-tar': { schema: { type: 'string', format: 'binary' } } },
};

/** The answer to a batch that is stored. */
export const PLACED_ANSWER = object({
  agency,
  batch,
  bets: count('How many bets are in the batch.'),
  outcome: { type: 'string', enum: ['stored', 'already-stored'] },
});

/** One page of the list of agencies. */
export const LIST_ANSWER = object({
  agencies: { type: 'array', maxItems: MAX_LISTED_AGENCIES, items: { $ref: 'AgencySums#' } },
  next: { type: ['integer', 'null'], description: 'What to give as after for the next; null for the last.' },
});

/** One agency. */
export const AGENCY_ANSWER = { $ref: 'AgencyStanding#' };
/** An agency that has finished. */
export const FINISHED_ANSWER = object({ agency, finished: { type: 'boolean', const: true } });
/** The winners of an agency. */
export const WINNERS_ANSWER = object({
  agency,
  winners: {
    type: 'array',
    items: document,
    description: 'The document of each winning bet, in the order of batches and of the bets in them.',
  },
});

/** A successful answer of an operation. */
export interface GoodAnswer {
  readonly description: string;
  readonly schema?: object;
  readonly headers?: Readonly<Record<string, object>>;
}

/**
 * The answers of an operation, for its route's schema.
 *
 * @param good the successful answers by status: each with the schema of its JSON, or with its media types, and with the
 *   headers that it has beside those of any answer
 * @param refusals the codes of its refusals, apart from those of any request
 */
export function answers(
  good: Readonly<Record<number, GoodAnswer>>,
  refusals: readonly ProblemCode[],
): Record<number, object> {
  const found: Record<number, object> = {};
  for (const [status, { description, schema, headers, ...forms }] of Object.entries(good)) {
    const content = schema === undefined ? forms : { content: { 'application/json': { schema } } };
    found[Number(status)] = { description, headers: { ...ANSWER_HEADERS, ...headers }, ...content };
  }
  for (const code of new Set([...refusals, ...ALWAYS_POSSIBLE])) addProblem(found, code);
  return found;
}

/** Any request may be refused with these. */
const ALWAYS_POSSIBLE: readonly ProblemCode[] = [
  'bad-request',
  'forbidden',
  'uri-too-long',
  'internal-error',
  'unavailable',
  'version-not-supported',
];

const ANSWER_HEADERS = {
  'Request-Id': { type: 'string', description: "The request's own, if it had one." },
};

/** The headers of a problem, in addition to those of any answer. */
const PROBLEM_HEADERS: Partial<Record<ProblemCode, object>> = {
  unauthorized: { 'WWW-Authenticate': { type: 'string', description: 'Bearer' } },
  unavailable: { 'Retry-After': { type: 'integer', description: 'After how many seconds to try again.' } },
};

/** Adds a problem. Those of one status share an answer, in which the code tells them apart. */
function addProblem(found: Record<number, object>, code: ProblemCode): void {
  const { status, title } = PROBLEMS[code];
  const known = found[status];
  const text = `${code}: ${title}.`;
  const description =
    known !== undefined && 'description' in known ? `${String(known.description)} ${text}` : text;
  found[status] = {
    description,
    headers: { ...ANSWER_HEADERS, ...PROBLEM_HEADERS[code] },
    content: { [PROBLEM_TYPE]: { schema: { $ref: 'Problem#' } } },
  };
}

function batchOf(items: object): object {
  return object({ bets: { type: 'array', minItems: 1, maxItems: MAX_BATCH_SIZE, items } });
}

/** The schema of an object with exactly these members. */
export function object(properties: Readonly<Record<string, object>>): object {
  return { type: 'object', required: Object.keys(properties), additionalProperties: false, properties };
}
