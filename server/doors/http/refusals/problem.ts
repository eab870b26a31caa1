/** Refusals, and the problem details that describe them (RFC 9457). */
import { ProtocolError } from '../../../../protocol/error_codes';
import { STATUS_OF_ERROR } from '../../../ledger/audit_line';
import type { RefusalCode } from '../../../telemetry/refusal_code';
import { jsonBody } from '../json_body';
import { RETRY_AFTER_S } from '../limits';

/** The media type of a problem. */
export const PROBLEM_TYPE = 'application/problem+json';

/** Why a request can be refused: the protocol's error codes, and those that only HTTP has. */
export const PROBLEMS = {
  'bad-batch': { status: STATUS_OF_ERROR['bad-batch'], title: 'The batch breaks a rule' },
  'batch-conflict': { status: STATUS_OF_ERROR['batch-conflict'], title: 'The batch id is taken' },
  'unknown-agency': { status: STATUS_OF_ERROR['unknown-agency'], title: 'There is no such agency' },
  closed: { status: STATUS_OF_ERROR.closed, title: 'The sale is closed, or the draw was called off' },
  'too-large': { status: STATUS_OF_ERROR['too-large'], title: 'This is too large' },
  unavailable: { status: STATUS_OF_ERROR.unavailable, title: 'The server cannot take it now' },
  'bad-header': { status: STATUS_OF_ERROR['bad-header'], title: 'The request is malformed' },
  'bad-request': { status: 400, title: 'The request is malformed' },
  unauthorized: { status: 401, title: 'A token or a certificate is needed' },
  forbidden: { status: 403, title: 'This is not allowed' },
  'not-found': { status: 404, title: 'There is nothing here' },
  'method-not-allowed': { status: 405, title: 'The method does not fit' },
  'not-acceptable': { status: 406, title: 'There is no such form' },
  'request-timeout': { status: 408, title: 'The request took too long' },
  'not-drawn': { status: 409, title: 'The draw has not run' },
  'not-sealed': { status: 409, title: 'The sale is not sealed' },
  'number-decided': { status: 409, title: 'Another number was given' },
  'bad-number': { status: 422, title: 'This is no number of this draw' },
  'not-a-number': { status: 409, title: 'The note is no number' },
  'precondition-failed': { status: 412, title: 'The note is not as it was to be' },
  'uri-too-long': { status: 414, title: 'The path is too long' },
  'unsupported-media-type': { status: 415, title: 'The body has another form' },
  'headers-too-large': { status: 431, title: 'The headers are too large' },
  'internal-error': { status: 500, title: 'The server made a mistake' },
  'not-implemented': { status: 501, title: 'There is no such method' },
  'version-not-supported': { status: 505, title: 'The server speaks another version of HTTP' },
  'notes-full': { status: 507, title: 'There is no room for more notes' },
} as const satisfies Record<string, { readonly status: number; readonly title: string }>;

/** A reason to refuse a request. */
export type ProblemCode = keyof typeof PROBLEMS;

/** What is wrong with one bet of a batch. */
export interface BadBet {
  /** The bet's place in the batch, from 1 on. */
  readonly position: number;
  /** The field, or `bet` for the bet as a whole. */
  readonly field: string;
  /** What is allowed there. */
  readonly rule: string;
}

/** What a refusal may say in addition to its text. */
export interface RefusalDetails {
  /** The first of the bad bets. */
  readonly errors?: readonly BadBet[];
  /** How many bets are bad. */
  readonly badBets?: number;
  /** Whether it is an answer that anybody may get any day: then it is neither counted nor logged. */
  readonly isOrdinary?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The refusal of a request. Its text is for a person, and repeats nothing that the client sent. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly code: ProblemCode,
    text: string,
    readonly details: RefusalDetails = {},
  ) {
    super(text);
  }

  /** The status of the answer. */
  get status(): number {
    return PROBLEMS[this.code].status;
  }

  /** The headers that the answer needs. */
  get headers(): Readonly<Record<string, string>> {
    if (this.code !== 'unavailable') return this.details.headers ?? {};
    return { 'retry-after': String(RETRY_AFTER_S), ...this.details.headers };
  }

  /** The body of the answer: the problem as JSON. */
  toBody(): Buffer {
    const { errors, badBets } = this.details;
    const problem = {
      type: `/problems/${this.code}`,
      title: PROBLEMS[this.code].title,
      status: this.status,
      detail: this.message,
      code: this.code,
      errors,
      bad_bets: badBets,
    };
    return jsonBody(problem);
  }
}

/** The refusal of a request with a method that no path has. */
export function methodNotImplemented(): Refusal {
  return new Refusal('not-implemented', 'no path has this method');
}

/** The refusal of a request in a version of HTTP that is not spoken here. */
export function versionNotSupported(): Refusal {
  return new Refusal('version-not-supported', 'this is spoken in HTTP/1.1 or HTTP/1.0');
}

/** The refusal that an error stands for; `undefined` for an unforeseen error. */
export function asRefusal(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error;
  if (error instanceof ProtocolError) return new Refusal(error.code, error.message);
  return error instanceof Error ? ofFramework(error) : undefined;
}

/** The code under which a refusal is counted; `undefined` for an ordinary answer, or a mistake of the server. */
export function countedAs({ code, details }: Refusal): RefusalCode | undefined {
  if (details.isOrdinary === true || code === 'not-drawn' || code === 'precondition-failed') return undefined;
  return code === 'internal-error' ? undefined : code;
}

/** The refusal for an error of fastify. Its texts may repeat what was sent, except those of its validation. */
function ofFramework(error: Error): Refusal | undefined {
  const status = 'statusCode' in error ? error.statusCode : undefined;
  if ('validation' in error) return new Refusal('bad-request', error.message);
  if (typeof status !== 'number' || status < 400 || status > 499) return undefined;
  switch (status) {
    case 413:
      return new Refusal('too-large', 'the body is too large');
    case 414:
      return new Refusal('uri-too-long', 'a part of the path is too long');
    case 415:
      return new Refusal('unsupported-media-type', 'the Content-Type is none that is taken here');
    default:
      return new Refusal('bad-request', 'the request cannot be read');
  }
}
