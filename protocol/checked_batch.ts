/** A batch whose every bet was checked, and how a BET message becomes one. */
import * as ascii from './ascii';
import { BetMessage } from './bet';
import { BetProblem, betEnd, betProblem, digitsEnd } from './bet_fields';
import { BetScanner } from './bet_scan';
import { readDecimal } from './decimals';
import { ProtocolError } from './error_codes';
import { MAX_BATCH_SIZE } from './limits';
import { utf8End } from './utf8';

const { COMMA, SEMICOLON } = ascii;

/** Made when the first batch comes: who checks none has no use for its memory. */
let scanner: BetScanner | undefined;

/** A batch of which every field keeps the rules (PROTOCOL.md, R4 and R5). */
export interface CheckedBatch {
  /** The agency of all its bets: at least 1; whether the lottery has such an agency is not checked here. */
  readonly agency: number;
  /** 1 to 99,999,999. */
  readonly batchId: number;
  readonly betCount: number;
  /** The id of the last bet. */
  readonly lastBetId: number;
  /** The bets as they came, joined with `;`. A view of the message's bytes. */
  readonly text: Buffer;
}

/**
 * Checks a batch where its bytes lie, once: a bad batch takes no longer than a good one of its size, and nothing is looked
 * at beyond the most bets that a batch can hold.
 *
 * @throws ProtocolError `bad-batch`, with the position of the first bad bet and the field
 */
export function checkBatch(message: BetMessage): CheckedBatch {
  const { payload, batchId, batchSize } = message;
  if (batchId < 1) throw new ProtocolError('bad-batch', 'BATCH_ID counts up from 1', batchId);
  if (payload[0] !== SEMICOLON) throw new ProtocolError('bad-batch', 'the payload begins with no ;', batchId);

  const end = payload.length;
  const textEnd = utf8End(payload);
  const agencyEnd = digitsEnd(payload, 1, end);
  const agency = readDecimal(payload, 1, agencyEnd);
  scanner ??= new BetScanner();
  // What the scanner has found good needs no second look; the first bet that it has not is looked at here, and all behind it.
  let offset = textEnd === end ? scanner.scan(payload) : 0;
  let betCount = offset > 0 ? scanner.betCount : 0;
  let lastBet = offset > 0 ? payload.lastIndexOf(SEMICOLON, offset - 1) + 1 : 1;
  while (offset < end) {
    if (betCount === MAX_BATCH_SIZE) {
      throw new ProtocolError('bad-batch', `the payload holds more than ${MAX_BATCH_SIZE} bets`, batchId);
    }
    lastBet = offset + 1;
    offset = betEnd(payload, lastBet, end);
    betCount++;
    const isGood =
      offset >= 0 && offset <= textEnd && (betCount === 1 || isOfAgency(payload, lastBet, agencyEnd, agency));
    if (!isGood) {
      const { field, rule } = problemOfBet(payload, lastBet, offset, textEnd);
      throw new ProtocolError('bad-batch', `bet ${betCount}: ${field}: ${rule}`, batchId);
    }
  }
  if (betCount !== batchSize) {
    const bets = betCount === 1 ? '1 bet' : `${betCount} bets`;
    throw new ProtocolError('bad-batch', `BATCH_SIZE is ${batchSize}, the payload holds ${bets}`, batchId);
  }
  const lastBetId = digitsEnd(payload, lastBet, end) + 1;
  return {
    agency,
    batchId,
    betCount,
    lastBetId: readDecimal(payload, lastBetId, digitsEnd(payload, lastBetId, end)),
    text: payload.subarray(1),
  };
}

/** The agency that the first bet of a payload names, right or wrong as the others may be; `undefined` for none. */
export function agencyOfPayload(payload: Buffer): number | undefined {
  const end = digitsEnd(payload, 1, payload.length);
  const agency = readDecimal(payload, 1, end);
  return payload[0] === SEMICOLON && payload[end] === COMMA && agency >= 1 ? agency : undefined;
}

/**
 * Whether the bet at `start` is of the agency of the payload's first. That one's digits can be as many as the payload has
 * bytes: they are compared as far as they are the same, and read once.
 */
function isOfAgency(payload: Buffer, start: number, agencyEnd: number, agency: number): boolean {
  const length = agencyEnd - 1;
  let index = 0;
  while (index < length && payload[start + index] === payload[1 + index]) index++;
  if (index === length && payload[start + length] === COMMA) return true;
  // The same number can be written with other leading zeros.
  return readDecimal(payload, start, digitsEnd(payload, start, payload.length)) === agency;
}

/** @param answer what `betEnd` said of the bet. @param textEnd where the payload is no UTF-8 any more */
function problemOfBet(payload: Buffer, start: number, answer: number, textEnd: number): BetProblem {
  if (answer < 0) {
    const semicolon = payload.indexOf(SEMICOLON, start);
    return betProblem(payload, start, semicolon < 0 ? payload.length : semicolon, answer);
  }
  if (answer <= textEnd) return { field: 'agency', rule: 'the same for every bet of a batch' };
  let fieldsBefore = 0;
  for (let offset = start; offset < textEnd; offset++) if (payload[offset] === COMMA) fieldsBefore++;
  return betProblem(payload, start, answer, -fieldsBefore - 1);
}
