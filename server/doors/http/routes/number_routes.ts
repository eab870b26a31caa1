/** The routes by which a winning number, or the round that it follows from, is given once the sale is sealed. */
import type { FastifyInstance, FastifyRequest } from 'fastify';

import { MAX_NUMBER } from '../../../../protocol/limits';
import { MAX_BEACON_CHARACTERS } from '../../../../transparency/draw/beacon_text';
import type { BeaconOutcome, EntryOutcome, GivenNumber } from '../../../lottery/draw_number';
import type { HttpContext } from '../context';
import { Refusal } from '../refusals/problem';
import { readBody } from '../requests/body';
import { requireNoEncoding } from '../requests/content_encoding';
import { apiOptions } from './api_route';
import { GIVEN_ANSWER } from './draw_schemas';
import { BEACON_PATH, NUMBER_PATH } from './paths';

const GOOD = { 200: { description: 'It is kept.', schema: GIVEN_ANSWER } };
const REFUSALS = [
  'request-timeout',
  'not-found',
  'not-sealed',
  'number-decided',
  'closed',
  'too-large',
  'unsupported-media-type',
  'bad-number',
] as const;

/** Adds both; where the number was announced before the sale, they say so. */
export function addNumberRoutes(app: FastifyInstance, context: HttpContext): void {
  app.put(
    NUMBER_PATH,
    apiOptions(context, {
      operationId: 'putDrawNumber',
      summary: 'Enters the winning number: the operator and the auditor each do, once the sale is sealed',
      names: 'nothing',
      access: 'overseeing',
      good: GOOD,
      refusals: REFUSALS,
    }),
    async (request) => putNumber(context, request),
  );
  app.put(
    BEACON_PATH,
    apiOptions(context, {
      operationId: 'putDrawBeacon',
      summary:
        'Gives the round of the drand chain that the winning number follows from, once the sale is sealed',
      names: 'nothing',
      access: 'overseeing',
      good: GOOD,
      refusals: REFUSALS,
    }),
    async (request) => putBeacon(context, request),
  );
}

async function putNumber(context: HttpContext, request: FastifyRequest): Promise<object> {
  const text = await bodyOf(context, request);
  const given = requireGiven(context);
  const number = numberIn(text);
  // Whose it is now: rights may have changed while the body arrived.
  const outcome = await given.enter(context.access.requireOverseer(request.raw), number);
  if (outcome === undefined) throw new Refusal('not-found', 'the number of this draw is not entered');
  if (outcome === 'known' || outcome === 'awaits-other') return { outcome };
  throw refusedEntry(outcome);
}

async function putBeacon(context: HttpContext, request: FastifyRequest): Promise<object> {
  const text = await bodyOf(context, request);
  const given = requireGiven(context);
  context.access.requireOverseer(request.raw);
  const answer = await given.offerBeacon(text);
  if (answer === undefined) throw new Refusal('not-found', 'the number of this draw comes from no beacon');
  if (answer.outcome === 'known') return { outcome: answer.outcome };
  throw refusedBeacon(answer.outcome, answer.reason);
}

async function bodyOf(context: HttpContext, request: FastifyRequest): Promise<string> {
  requireNoEncoding(request);
  const { clock, limits, bodies } = context;
  const exchange = context.exchangeOf(request);
  const body = await readBody(exchange, { clock, limits, bodies, maxBodyBytes: MAX_BEACON_CHARACTERS });
  const text = body.bytes.toString();
  body.release();
  return text;
}

function requireGiven({ settings, lottery }: HttpContext): GivenNumber {
  if (settings.number === undefined) {
    throw new Refusal('not-found', 'the number of this draw was announced before the sale');
  }
  if (lottery.hasDrawn) throw new Refusal('closed', 'the draw has run, or was called off');
  return settings.number;
}

function numberIn(text: string): number {
  const number = numberField(text);
  if (typeof number === 'number' && Number.isInteger(number) && number >= 0 && number <= MAX_NUMBER)
    return number;
  throw new Refusal('bad-number', `allowed is {"number": N} with N from 0 to ${MAX_NUMBER}`);
}

function numberField(text: string): unknown {
  try {
    const value = JSON.parse(text) as unknown;
    const fields = typeof value === 'object' && value !== null ? Object.entries(value) : [];
    return fields.length === 1 && fields[0]?.[0] === 'number' ? fields[0][1] : undefined;
  } catch {
    return undefined;
  }
}

function refusedEntry(outcome: Exclude<EntryOutcome, 'known' | 'awaits-other'>): Refusal {
  if (outcome === 'not-sealed') return notSealed();
  return outcome === 'differs'
    ? new Refusal(
        'number-decided',
        'it is kept, and is not what the other one has entered: the draw is to be called off',
      )
    : new Refusal('number-decided', 'you have entered another number before, which is final');
}

function refusedBeacon(outcome: Exclude<BeaconOutcome, 'known'>, reason = ''): Refusal {
  if (outcome === 'not-sealed') return notSealed();
  return outcome === 'too-late'
    ? new Refusal(
        'number-decided',
        'the sale was sealed too late for this round: the draw is to be called off',
      )
    : new Refusal('bad-number', reason);
}

function notSealed(): Refusal {
  return new Refusal('not-sealed', 'the sale is not sealed yet, or the draw is being called off');
}
