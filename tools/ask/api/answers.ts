/** What a server answers, taken apart. */
// The entry point that program/settings.ts has loaded already.
import { z } from 'zod/v3';

import { OperationError } from '../../../program/exit';
import type { ApiAnswer } from './api_client';

const PROBLEM = z.object({
  code: z.string(),
  detail: z.string(),
  errors: z.array(z.object({ position: z.number(), field: z.string(), rule: z.string() })).optional(),
  bad_bets: z.number().optional(),
});

/** An agency's sums. */
export const AGENCY = z.object({
  agency: z.number(),
  bets: z.number(),
  batches: z.number(),
  last_batch_id: z.number(),
  last_bet_id: z.number(),
  finished: z.boolean(),
});

/** A batch that is stored. */
export const BATCH = z.object({
  agency: z.number(),
  batch: z.number(),
  bets: z.number(),
  outcome: z.string(),
});

/** An agency's winners: their documents. */
export const WINNERS = z.object({ agency: z.number(), winners: z.array(z.string()) });

/** The draw. */
export const DRAW = z.object({
  state: z.enum(['awaited', 'drawn', 'called-off']),
  winner_number: z.number().nullable(),
  number_from: z.string().optional(),
  agencies: z.number(),
  bets: z.number().nullable(),
  missing_agencies: z.array(z.number()),
  winners: z.array(z.object({ agency: z.number(), count: z.number() })),
  phase: z.string(),
  waits_for: z.string().optional(),
  deadline: z
    .object({ action: z.string(), at: z.string().nullable(), seconds_left: z.number().nullable() })
    .nullable(),
});

/** A winning number, or a round of the beacon, that was given. */
export const GIVEN = z.object({ outcome: z.string() });

/** A note that was written. */
export const NOTE = z.object({ name: z.string(), bytes: z.number(), outcome: z.string() });

/** A page of notes. */
export const NOTE_LIST = z.object({
  notes: z.array(z.object({ name: z.string(), bytes: z.number() })),
  next: z.string().nullable(),
});

/** So many bad bets are named. */
const MAX_NAMED_BETS = 5;

/**
 * The values of a good answer in JSON.
 *
 * @throws Refused for a refusal, OperationError for an answer of another form
 */
export function valuesOf<Schema extends z.ZodTypeAny>(answer: ApiAnswer, schema: Schema): z.output<Schema> {
  const parsed = schema.safeParse(jsonOf(requireGood(answer).body));
  // Its type is not kept by the schema's own.
  if (parsed.success) return parsed.data as z.output<Schema>;
  throw new OperationError(`the answer (${answer.status}) is none that a server of a lottery gives`);
}

/** A server has refused what was asked. The message is the code, the status and what the server says of it. */
export class Refused extends OperationError {
  /** @param code the problem's; `undefined` when the answer tells none */
  constructor(
    readonly status: number,
    readonly code: string | undefined,
    text: string,
  ) {
    super(`${code ?? 'refused'} (${status}): ${text}`);
  }
}

/** Gives back a good answer. @throws Refused for one with a status that is not 2xx */
export function requireGood(answer: ApiAnswer): ApiAnswer {
  const { status, body } = answer;
  if (status >= 200 && status < 300) return answer;
  const parsed = PROBLEM.safeParse(jsonOf(body));
  if (!parsed.success) throw new Refused(status, undefined, 'the server says no more than this');
  const { code, detail, errors = [], bad_bets: badBets = errors.length } = parsed.data;
  const named = errors.slice(0, MAX_NAMED_BETS);
  const more = badBets - named.length;
  const text = [
    detail,
    ...named.map(({ position, field, rule }) => `bet ${position}, ${field}: ${rule}`),
    ...(more > 0 ? [`and ${more} more`] : []),
    ...(code === 'unauthorized'
      ? ['--token-file names a file that holds it, or --cert and --key those of a certificate']
      : []),
  ].join('; ');
  throw new Refused(status, code, text);
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString()) as unknown;
  } catch {
    return undefined;
  }
}
