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

/** A bet of any agency needs no more, unless its id has needless zeros. */
const SCRATCH_BYTES = 1024;
/** One valid value for each column. */
const GOOD_COLUMNS: readonly string[] = ['1', 'a', 'a', '1', '2000-01-01', '0'];

/** The columns of a bet, or why they cannot be read. */
export type GivenBet = readonly string[] | Omit<BadBet, 'position'>;

/** A batch as a request gave it. */
export interface GivenBatch {
  /** How many bets it has. */
  readonly betCount: number;
  /**
   * The payload of a BET: for each bet `;`, then the agency and its columns joined with `,`. `undefined` if a bet has
   * the wrong number of columns.
   */
  readonly payload: Buffer | undefined;
  /** How the columns of `bets` become bytes: as text, or a byte for each character. */
  readonly encoding: 'utf8' | 'latin1';
  /** The bets one by one, to find out what is wrong with each: only for a batch that is refused. */
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
  const check = new BetCheck(given.encoding);
  let badCount = 0;
  let position = 0;
  for (const bet of given.bets()) {
    position++;
    if (isColumns(bet) && check.isGood(bet)) continue;
    badCount++;
    if (errors.length < MAX_LISTED_BETS) errors.push({ position, ...problemOf(bet, check) });
  }
  if (badCount === 0) return new Refusal('bad-batch', text);
  const detail = badCount === 1 ? 'one bet breaks a rule' : `${badCount} bets break a rule`;
  return new Refusal('bad-batch', detail, { errors, badBets: badCount });
}

function isColumns(bet: GivenBet): bet is readonly string[] {
  return Array.isArray(bet);
}

function problemOf(bet: GivenBet, check: BetCheck): Omit<BadBet, 'position'> {
  if (!isColumns(bet)) return bet;
  if (bet.length !== COLUMNS.length) {
    return { field: 'bet', rule: `${COLUMNS.length} fields joined with commas` };
  }
  // Each column is tried by itself, among valid ones.
  const { name, rule } =
    COLUMNS.find((_, index) => !check.isGood(GOOD_COLUMNS.with(index, bet[index] ?? ''))) ?? COLUMNS[0];
  return { field: name, rule };
}

/** Checks bets of one batch by themselves, in one piece of memory: there can be thousands. */
class BetCheck {
  readonly #encoding: 'utf8' | 'latin1';
  readonly #scratch = Buffer.allocUnsafe(SCRATCH_BYTES);

  constructor(encoding: 'utf8' | 'latin1') {
    this.#encoding = encoding;
  }

  /** Whether the columns are the fields of one valid bet, byte for byte. */
  isGood(columns: readonly string[]): boolean {
    if (columns.length !== COLUMNS.length) return false;
    const bytes = this.#bytesOf(`1,${columns.join(',')}`);
    return betEnd(bytes, 0, bytes.length) === bytes.length && isUtf8(bytes);
  }

  #bytesOf(text: string): Buffer {
    // Each UTF-16 unit takes three bytes of UTF-8 at most.
    if (text.length * 3 > SCRATCH_BYTES) return Buffer.from(text, this.#encoding);
    return this.#scratch.subarray(0, this.#scratch.write(text, this.#encoding));
  }
}
