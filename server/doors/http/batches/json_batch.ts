/** Batches as application/json: `{"bets": [{"bet_id": 1, "first_name": …}, …]}`. */
import { isUtf8 } from 'node:buffer';

import { MAX_BATCH_SIZE } from '../../../../protocol/limits';
import { BadBet, Refusal } from '../refusals/problem';
import { COLUMNS, GivenBatch } from './given_batch';
import { mayBeBatch } from './json_shape';

/** The columns that are numbers in JSON; all others are strings. */
const NUMBERS: ReadonlySet<string> = new Set(['bet_id', 'number']);
const MEMBERS: readonly string[] = COLUMNS.map(({ name }) => name);
const BATCH_RULE = 'the body is an object with the one member bets, a list';
const BET_RULE = `an object with the members ${MEMBERS.join(', ')} and no other`;
/** Half of a surrogate pair: it cannot be encoded in UTF-8. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** The columns of a bet as strings, or why they cannot be read. */
type JsonBet = { readonly columns: readonly string[] } | { readonly problem: Omit<BadBet, 'position'> };

/**
 * Reads a batch.
 *
 * @throws Refusal `bad-request` for a body that is not JSON in UTF-8, `bad-batch` for JSON that is no list of bets
 */
export function readJsonBatch(agency: number, body: Buffer): GivenBatch {
  // One more than a batch can hold is enough to see that there are too many.
  if (!mayBeBatch(body)) throw new Refusal('bad-batch', `${BATCH_RULE} of at most ${MAX_BATCH_SIZE} bets`);
  const bets = betsOf(parseJson(body))
    .slice(0, MAX_BATCH_SIZE + 1)
    .map(readBet);
  return {
    betCount: bets.length,
    payload: payloadOf(agency, bets),
    encoding: 'utf8',
    bets: function* () {
      for (const bet of bets) yield 'problem' in bet ? bet.problem : bet.columns;
    },
  };
}

function parseJson(body: Buffer): unknown {
  try {
    if (isUtf8(body)) return JSON.parse(body.toString());
  } catch {
    // The parser's message repeats what was sent, so it is not passed on.
  }
  throw new Refusal('bad-request', 'the body is no JSON in UTF-8');
}

function betsOf(body: unknown): readonly unknown[] {
  if (!isObject(body) || !hasOnly(body, ['bets'])) throw new Refusal('bad-batch', BATCH_RULE);
  const { bets } = body;
  if (!Array.isArray(bets)) throw new Refusal('bad-batch', BATCH_RULE);
  return bets;
}

function readBet(bet: unknown): JsonBet {
  if (!isObject(bet) || !hasOnly(bet, MEMBERS)) return { problem: { field: 'bet', rule: BET_RULE } };
  const columns: string[] = [];
  for (const { name, rule } of COLUMNS) {
    const value = bet[name];
    const type = NUMBERS.has(name) ? 'number' : 'string';
    if (typeof value !== type) return { problem: { field: name, rule: `a JSON ${type}: ${rule}` } };
    const text = String(value);
    if (LONE_SURROGATE.test(text)) return { problem: { field: name, rule } };
    columns.push(text);
  }
  return { columns };
}

function payloadOf(agency: number, bets: readonly JsonBet[]): Buffer | undefined {
  const texts: string[] = [];
  for (const bet of bets) {
    if ('problem' in bet) return undefined;
    texts.push(`;${agency},${bet.columns.join(',')}`);
  }
  return Buffer.from(texts.join(''));
}

/** Whether the object has no members other than these. */
function hasOnly(object: object, members: readonly string[]): boolean {
  return Object.keys(object).every((name) => members.includes(name));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
