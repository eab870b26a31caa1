/** The operations of a commit group, and how they travel: as the parameters of one call (functions.ts). */
import { createHash } from 'node:crypto';

import type { Draw, LedgerBatch } from '../ledger';
import type { Parameter } from './connection';

/** What an operation is. `standings` are of so many agencies (`batchId`) behind one (`agency`). */
export type OperationKind =
  | 'append'
  | 'finish'
  | 'standing'
  | 'standings'
  | 'batch-text'
  | 'draw-state'
  | 'close-sale'
  | 'store-draw'
  | 'note';

/** An operation: what it has no use for is left out. */
export interface Operation {
  readonly kind: OperationKind;
  readonly agency?: number;
  readonly batchId?: number;
  readonly betCount?: number;
  readonly lastBetId?: number;
  /** The ASK that `append` stands behind, or that `standing` answers (R22). */
  readonly ask?: number | undefined;
  /** The bets of `append`, and {@link batchDigest}. */
  readonly text?: Buffer;
  readonly digest?: Buffer;
  /** The result that `store-draw` stores, unless there is one. */
  readonly draw?: Draw;
  /** The line that it leaves in the audit log, for each of its outcomes; an empty one for none. */
  readonly lines: readonly string[];
}

/** What came of a group; see COMMIT_FUNCTION. */
export interface GroupAnswers {
  readonly outcomes: readonly number[];
  readonly numbers: readonly number[];
  readonly texts: readonly Buffer[];
}

/** What came of one operation. The numbers and texts of a group are taken in the order of its operations. */
export interface OperationAnswer {
  readonly outcome: number;
  takeNumber(): number;
  takeText(): Buffer;
}

/** Which group of which run, over which of its connections. */
export interface GroupId {
  readonly runId: string;
  readonly connection: number;
  readonly group: number;
}

/** The statement that carries out a group. */
export const COMMIT_STATEMENT = `SELECT
  array_to_json(outcomes) AS outcomes, array_to_json(numbers) AS numbers, texts
  FROM lottery_commit(
  $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`;

/** The parameters of {@link COMMIT_STATEMENT}. */
export function groupParameters(id: GroupId, operations: readonly Operation[]): Parameter[] {
  const lengths = operations.map(({ text }) => text?.length ?? 0);
  return [
    id.runId,
    id.connection,
    id.group,
    arrayOf(operations.map(({ kind }) => kind)),
    arrayOf(operations.map(({ agency }) => agency ?? 0)),
    arrayOf(operations.map(({ batchId }) => batchId ?? 0)),
    arrayOf(operations.map(({ betCount }) => betCount ?? 0)),
    arrayOf(operations.map(({ lastBetId }) => lastBetId ?? 0)),
    arrayOf(operations.map(({ ask }) => ask ?? 0)),
    arrayOf(startsOf(lengths)),
    arrayOf(lengths),
    arrayOf(operations.map(({ digest }) => (digest === undefined ? 'NULL' : quoted(bytesParameter(digest))))),
    Buffer.concat(operations.flatMap(({ text }) => text ?? [])),
    arrayOf(operations.map(({ lines }) => quoted(lines.join('\n')))),
    drawParameter(operations),
  ];
}

/**
 * What tells whether a batch is what was stored: SHA-256 of its numbers and its text.
 *
 * @returns 32 bytes
 */
export function batchDigest({ agency, batchId, betCount, lastBetId, text }: LedgerBatch): Buffer {
  return createHash('sha256').update(`${agency},${batchId},${betCount},${lastBetId};`).update(text).digest();
}

/** Bytes within an array, as PostgreSQL reads them. */
function bytesParameter(bytes: Buffer): string {
  return `\\x${bytes.toString('hex')}`;
}

function drawParameter(operations: readonly Operation[]): string | null {
  const draw = operations.find((operation) => operation.draw !== undefined)?.draw;
  if (draw === undefined) return null;
  return JSON.stringify({
    bets: draw.bets,
    missing_agencies: draw.missingAgencies,
    is_called_off: draw.isCalledOff,
    winners: Object.fromEntries(draw.winners),
  });
}

/** Where each text begins among all, side by side, counted from 1. */
function startsOf(lengths: readonly number[]): number[] {
  let start = 1;
  return lengths.map((length) => (start += length) - length);
}

/** An array as PostgreSQL reads it. @param words that need no quotes, or have them */
function arrayOf(words: readonly (string | number)[]): string {
  return `{${words.join(',')}}`;
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
