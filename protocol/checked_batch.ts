/** A batch whose every bet was checked, and how a BET message becomes one. */
import { isUtf8 } from 'node:buffer';

import { COMMA, SEMICOLON } from './ascii';
import { BetMessage } from './bet';
import { BetProblem, betEnd, betProblem, digitsEnd } from './bet_fields';
import { readDecimal } from './decimals';
import { ProtocolError } from './error_codes';

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
 * Checks a batch where its bytes lie.
 *
 * @throws ProtocolError `bad-batch`, with the position of the first bad bet and the field
 */
export function checkBatch(message: BetMessage): CheckedBatch {
  const { payload, batchId, batchSize } = message;
  if (batchId < 1) throw new ProtocolError('bad-batch', 'BATCH_ID counts up from 1', batchId);
  if (payload[0] !== SEMICOLON) throw new ProtocolError('bad-batch', 'the payload begins with no ;', batchId);
  if (!isUtf8(payload)) throw invalidUtf8(payload, batchId);

  const end = payload.length;
  const agencyEnd = digitsEnd(payload, 1, end);
  let betCount = 0;
  let lastBet = 1;
  for (let offset = 0; offset < end;) {
    lastBet = offset + 1;
    offset = betEnd(payload, lastBet, end);
    betCount++;
    if (offset < 0) throw badBet(payload, lastBet, offset, betCount, batchId);
    if (!hasSameAgency(payload, lastBet, agencyEnd)) throw mixedAgencies(betCount, batchId);
  }
  if (betCount !== batchSize) {
    throw new ProtocolError(
      'bad-batch',
      `BATCH_SIZE is ${batchSize}, the payload holds ${betCount} bets`,
      batchId,
    );
  }
  const lastBetId = digitsEnd(payload, lastBet, end) + 1;
  return {
    agency: readDecimal(payload, 1, agencyEnd),
    batchId,
    betCount,
    lastBetId: readDecimal(payload, lastBetId, digitsEnd(payload, lastBetId, end)),
    text: payload.subarray(1),
  };
}

/** Whether the bet at `start` begins with the same digits as the payload's first, up to its comma. */
function hasSameAgency(payload: Buffer, start: number, agencyEnd: number): boolean {
  const length = agencyEnd - 1;
  for (let index = 0; index < length; index++) {
    if (payload[start + index] !== payload[1 + index]) return isSameNumber(payload, start, agencyEnd);
  }
  return payload[start + length] === COMMA || isSameNumber(payload, start, agencyEnd);
}

/** The same number can be written with other leading zeros. */
function isSameNumber(payload: Buffer, start: number, agencyEnd: number): boolean {
  const agency = readDecimal(payload, start, digitsEnd(payload, start, payload.length));
  return agency === readDecimal(payload, 1, agencyEnd);
}

function badBet(
  payload: Buffer,
  start: number,
  answer: number,
  position: number,
  batchId: number,
): ProtocolError {
  return betError(betProblem(payload, start, endOfBet(payload, start), answer), position, batchId);
}

/** The bet and the field in which the UTF-8 is broken: only names may hold anything beyond ASCII. */
function invalidUtf8(payload: Buffer, batchId: number): ProtocolError {
  let position = 1;
  for (let start = 1; start < payload.length; start = endOfBet(payload, start) + 1, position++) {
    const end = endOfBet(payload, start);
    const answer = betEnd(payload, start, end);
    if (answer < 0) return badBet(payload, start, answer, position, batchId);
    const fields = splitFields(payload.subarray(start, end));
    const wrong = fields.findIndex((field) => !isUtf8(field));
    if (wrong >= 0) return badBet(payload, start, -wrong - 1, position, batchId);
  }
  return new ProtocolError('bad-batch', 'the payload is not valid UTF-8', batchId);
}

function mixedAgencies(position: number, batchId: number): ProtocolError {
  return betError({ field: 'agency', rule: 'the same for every bet of a batch' }, position, batchId);
}

function betError(problem: BetProblem, position: number, batchId: number): ProtocolError {
  return new ProtocolError('bad-batch', `bet ${position}: ${problem.field}: ${problem.rule}`, batchId);
}

function endOfBet(payload: Buffer, start: number): number {
  const semicolon = payload.indexOf(SEMICOLON, start);
  return semicolon < 0 ? payload.length : semicolon;
}

function splitFields(bet: Buffer): Buffer[] {
  const fields: Buffer[] = [];
  for (let start = 0; start <= bet.length;) {
    const comma = bet.indexOf(COMMA, start);
    const end = comma < 0 ? bet.length : comma;
    fields.push(bet.subarray(start, end));
    start = end + 1;
  }
  return fields;
}
