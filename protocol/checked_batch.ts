/** A batch whose every bet was checked, and how a BET message becomes one. */
import { isUtf8 } from 'node:buffer';

import * as ascii from './ascii';
import { BetMessage } from './bet';
import { BetProblem, betEnd, betProblem, digitsEnd } from './bet_fields';
import { readDecimal } from './decimals';
import { ProtocolError } from './error_codes';

const { COMMA, SEMICOLON } = ascii;

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
  if (!isUtf8(payload)) throw firstProblem(payload, batchId);

  const end = payload.length;
  const agencyEnd = digitsEnd(payload, 1, end);
  let betCount = 0;
  let lastBet = 1;
  for (let offset = 0; offset < end;) {
    lastBet = offset + 1;
    offset = betEnd(payload, lastBet, end);
    betCount++;
    if (offset < 0 || !hasSameAgency(payload, lastBet, agencyEnd)) throw firstProblem(payload, batchId);
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

/** The agency that the first bet of a payload names, right or wrong as the others may be; `undefined` for none. */
export function agencyOfPayload(payload: Buffer): number | undefined {
  const end = digitsEnd(payload, 1, payload.length);
  const agency = readDecimal(payload, 1, end);
  return payload[0] === SEMICOLON && payload[end] === COMMA && agency >= 1 ? agency : undefined;
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

/** Looks again, slowly, at a payload in which something is wrong, and names the first thing. */
function firstProblem(payload: Buffer, batchId: number): ProtocolError {
  const agencyEnd = digitsEnd(payload, 1, payload.length);
  for (let start = 1, position = 1; start <= payload.length; position++) {
    const semicolon = payload.indexOf(SEMICOLON, start);
    const end = semicolon < 0 ? payload.length : semicolon;
    const problem = problemOfBet(payload, start, end, agencyEnd);
    if (problem !== undefined) {
      return new ProtocolError('bad-batch', `bet ${position}: ${problem.field}: ${problem.rule}`, batchId);
    }
    start = end + 1;
  }
  return new ProtocolError('bad-batch', 'the payload is not valid UTF-8', batchId);
}

function problemOfBet(
  payload: Buffer,
  start: number,
  end: number,
  agencyEnd: number,
): BetProblem | undefined {
  const answer = betEnd(payload, start, end);
  if (answer < 0) return betProblem(payload, start, end, answer);
  const wrong = splitFields(payload.subarray(start, end)).findIndex((field) => !isUtf8(field));
  if (wrong >= 0) return betProblem(payload, start, end, -wrong - 1);
  if (!hasSameAgency(payload, start, agencyEnd))
    return { field: 'agency', rule: 'the same for every bet of a batch' };
  return undefined;
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
