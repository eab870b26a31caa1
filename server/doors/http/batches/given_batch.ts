/** A batch as a request gives it, and its check as the payload of a BET (PROTOCOL.md, R5). */
import { isUtf8 } from 'node:buffer';

import { BET_FIELDS, betEnd } from '../../../../protocol/bet_fields';
import { CheckedBatch, checkBatch } from '../../../../protocol/checked_batch';
import { ProtocolError } from '../../../../protocol/error_codes';
import { MAX_BATCH_SIZE } from '../../../../protocol/limits';
import { MAX_LISTED_BETS } from '../limits';
import { BadBet, Refusal } from '../refusals/problem';

const [, ...WITHOUT_AGENCY] = BET_FIELDS;
/** The fields of a bet that a request gives; the agency is in the path. */
export const COLUMNS = WITHOUT_AGENCY;

const ANY_AGENCY = Buffer.from('1');
const COMMA_BYTE = Buffer.from(',');
const NOTHING: Buffer = Buffer.alloc(0);
/** One valid value for each column. */
const GOOD_COLUMNS: readonly Buffer[] = ['1', 'a', 'a', '1', '2000-01-01', '0'].map((column) =>
  Buffer.from(column),
);

/** The columns of a bet in UTF-8, or why they cannot be read. */
export type GivenBet = readonly Buffer[] | Omit<BadBet, 'position'>;

/** A batch as a request gave it. */
export interface GivenBatch {
  /** How many bets it has. */
  readonly betCount: number;
  /**
   * The payload of a BET: for each bet `;`, then the agency and its columns joined with `,`. `undefined` if a bet has
   * the wrong number of columns.
   */
  readonly payload: Buffer | undefined;
  /** The bets one by one, to find out what is wrong with each. Slow: only for a batch that is refused. */
  readonly bets: () => Iterable<GivenBet>;
}

/**
 * Checks a batch.
 *
 * In a batch that passes, each column is exactly one field: a `;` within a column would make more bets than were given,
 * and a `,` a bet of more than seven fields.
 *
 * @param maxPayloadBytes the longest payload
 * @throws Refusal `bad-batch` with the bad bets, or `too-large`
 */
export function checkGivenBatch(given: GivenBatch, batchId: number, maxPayloadBytes: number): CheckedBatch {
  const { betCount, payload } = given;
  if (betCount < 1 || betCount > MAX_BATCH_SIZE) {
    throw new Refusal('bad-batch', `a batch holds 1 to ${MAX_BATCH_SIZE} bets`);
  }
  if (payload === undefined) throw badBets(given, 'a bet has another number of fields');
  if (payload.length > maxPayloadBytes) {
    throw new Refusal('too-large', `the bets are over the limit of ${maxPayloadBytes} bytes`);
  }
  try {
    return checkBatch({ type: 'BET', batchId, batchSize: betCount, payload });
  } catch (error) {
    throw error instanceof ProtocolError ? badBets(given, error.message) : error;
  }
}

/** The refusal of a batch. @param text what to say if every bet is valid by itself */
function badBets(given: GivenBatch, text: string): Refusal {
  const errors: BadBet[] = [];
  let badCount = 0;
  let position = 0;
  for (const bet of given.bets()) {
    position++;
    if (isGood(bet)) continue;
    badCount++;
    if (errors.length < MAX_LISTED_BETS) errors.push({ position, ...problemOf(bet) });
  }
  if (badCount === 0) return new Refusal('bad-batch', text);
  const detail = badCount === 1 ? 'one bet breaks a rule' : `${badCount} bets break a rule`;
  return new Refusal('bad-batch', detail, { errors, badBets: badCount });
}

function isGood(bet: GivenBet): boolean {
  return isColumns(bet) && isGoodBet(bet);
}

function isColumns(bet: GivenBet): bet is readonly Buffer[] {
  return Array.isArray(bet);
}

/** Whether the columns are the fields of one valid bet, byte for byte. */
function isGoodBet(columns: readonly Buffer[]): boolean {
  if (columns.length !== COLUMNS.length) return false;
  const text = Buffer.concat([ANY_AGENCY, ...columns.flatMap((column) => [COMMA_BYTE, column])]);
  return betEnd(text, 0, text.length) === text.length && isUtf8(text);
}

function problemOf(bet: GivenBet): Omit<BadBet, 'position'> {
  if (!isColumns(bet)) return bet;
  if (bet.length !== COLUMNS.length) {
    return { field: 'bet', rule: `${COLUMNS.length} fields joined with commas` };
  }
  // Each column is tried by itself, among valid ones.
  const { name, rule } =
    COLUMNS.find((_, index) => !isGoodBet(GOOD_COLUMNS.with(index, bet[index] ?? NOTHING))) ?? COLUMNS[0];
  return { field: name, rule };
}
