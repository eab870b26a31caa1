/**
 * How a commit group travels to PostgreSQL and back: as the parameters of one call of `lottery_commit`, and what it
 * answers (functions/lottery_commit.sql).
 */
import { textCheck } from '../../../protocol/payload_check';
import { DEADLINE_ACTIONS, Draw, DRAW_STATES } from '../draw';
import { BatchCheck, CloseSaleAnswer, PLACE_OUTCOMES, Standing } from '../operation';
import type { LogPlace } from '../log_place';
import type { Operation, StoreAnswer } from '../remote/operation';
import { possibleLines } from '../remote/possible_lines';
import type { GroupAnswer, GroupId } from '../remote/remote_store';
import type { Parameter } from './connection';
import { noteAnswer, noteElementOf } from './note_codec';

/** What `lottery_commit` answers. */
export interface GroupAnswers {
  /** One for each operation; of one that writes several notes, one for each note. */
  readonly outcomes: readonly number[];
  /** The group's number in the audit log, then the numbers that the operations have come to, in their order. */
  readonly numbers: readonly number[];
  /** The texts that were found, in the order of the operations. */
  readonly texts: readonly Buffer[];
  /**
   * The texts of batches that have no check value, in the order of the operations; none for a group whose answers were
   * lost: its check values end before the first such batch.
   */
  readonly uncheckedTexts: readonly Buffer[];
  /**
   * The notes and lists of them that were read, one after the other; `null` for none, `undefined` for a group whose
   * answers were lost.
   */
  readonly noteValues: Buffer | null | undefined;
}

/** The statement that carries out a group. */
export const COMMIT_STATEMENT = `SELECT
  array_to_json(outcomes) AS outcomes, array_to_json(numbers) AS numbers, texts,
  unchecked_texts AS "uncheckedTexts", note_values AS "noteValues"
  FROM lottery_commit(
  $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`;

/** The outcome of `batch-text` where the batch is stored. */
export const TEXT_FOUND = 1;

/** The outcome of `record-draw` where a draw is stored already. */
export const DRAW_WAS_THERE = 1;

/** The kind of each further note of an operation that writes several. */
const MORE_NOTES = 'more-notes';

/** The check value of a batch that has none. */
const NO_CHECK_VALUE = -1;

/** The outcomes of `place`, by their numbers. */
const STORE_OUTCOMES: readonly StoreAnswer['outcome'][] = [...PLACE_OUTCOMES, 'taken-over', 'late'];
const CLOSE_OUTCOMES = ['closed', 'already-closed', 'not-due'] as const;

/** What an operation puts into the arrays; 0 where it has no use for a number. */
interface Elements {
  readonly agency: number;
  readonly batchId: number;
  readonly betCount: number;
  readonly lastBetId: number;
  readonly ask?: number;
  readonly digest?: Buffer;
  readonly check?: number;
  readonly text?: Buffer;
  readonly name?: string;
}

const NONE: Elements = { agency: 0, batchId: 0, betCount: 0, lastBetId: 0, ask: 0 };

/**
 * The parameters of {@link COMMIT_STATEMENT}.
 *
 * @param maxOverdueMs a deadline that passed longer ago is not acted on; `undefined` for no limit
 */
export function groupParameters(
  id: GroupId,
  operations: readonly Operation[],
  maxOverdueMs: number | undefined,
): Parameter[] {
  const singles = singlesOf(operations);
  const elements = singles.map(elementsOf);
  const lengths = elements.map(({ text }) => text?.length ?? 0);
  return [
    id.runId,
    id.connection,
    id.group,
    arrayOf(singles.map(({ kind, isMore }) => (isMore === true ? MORE_NOTES : kind))),
    arrayOf(elements.map(({ agency }) => agency)),
    arrayOf(elements.map(({ batchId }) => batchId)),
    arrayOf(elements.map(({ betCount }) => betCount)),
    arrayOf(elements.map(({ lastBetId }) => lastBetId)),
    arrayOf(elements.map(({ ask }) => ask ?? 0)),
    arrayOf(startsOf(lengths)),
    arrayOf(lengths),
    arrayOf(elements.map(({ digest }) => (digest === undefined ? 'NULL' : quoted(bytesLiteral(digest))))),
    arrayOf(elements.map(({ check }) => check ?? 'NULL')),
    Buffer.concat(elements.flatMap(({ text }) => text ?? [])),
    arrayOf(singles.map((single) => quoted(possibleLines(single).join('\n')))),
    namesOf(elements),
    drawParameter(operations),
    maxOverdueMs ?? null,
  ];
}

/**
 * The outcome of each operation of a group; of one that writes several notes, that of the first.
 *
 * @param outcomes one for each note of such an operation
 */
export function outcomesOf(
  operations: readonly Operation[],
  outcomes: readonly number[],
): readonly (number | undefined)[] {
  let element = 0;
  return operations.map((operation) => {
    const outcome = outcomes[element];
    element += elementCount(operation);
    return outcome;
  });
}

/**
 * The answer to each operation of a group.
 *
 * @param drawBefore the draw that was stored before the group, if it was to record one
 */
export function answersTo(
  operations: readonly Operation[],
  answers: GroupAnswers,
  drawBefore: Draw | undefined,
): readonly GroupAnswer[] {
  const [sequence, ...rest] = answers.numbers;
  const numbers = rest.values();
  const texts = answers.texts.values();
  const uncheckedTexts = answers.uncheckedTexts.values();
  const takeNumber = (): number => numbers.next().value!;
  const takeValue = valuesOf(answers);
  let next = 0;
  return operations.map((operation): GroupAnswer => {
    const first = next;
    next += elementCount(operation);
    const outcome = answers.outcomes[first]!;
    const place: LogPlace = { sequence: sequence!, position: first + 1 };
    switch (operation.kind) {
      case 'place':
        return placeAnswer(outcome, place, takeNumber);
      case 'finish':
        return { finished: takeNumber(), firstFinishedAtMs: takeNumber() };
      case 'standing':
        return takeStanding(takeNumber);
      case 'standings':
        return Array.from({ length: operation.limit }, () => takeStanding(takeNumber));
      case 'batch-text':
        return outcome === TEXT_FOUND ? texts.next().value! : undefined;
      case 'batch-checks':
        return takeChecks(takeNumber, () => uncheckedTexts.next().value);
      case 'draw-state':
        return DRAW_STATES[outcome]!;
      case 'close-sale':
        return closeSaleAnswer(outcome, numbers);
      case 'record-draw':
        return outcome === DRAW_WAS_THERE ? (drawBefore ?? operation.draw) : operation.draw;
      case 'refused':
        return undefined;
      case 'put-notes':
      case 'get-note':
      case 'delete-note':
      case 'list-notes':
      case 'count-note':
        return noteAnswer(operation, {
          outcomes: answers.outcomes.slice(first, next),
          place,
          takeNumber,
          takeValue,
        });
    }
  });
}

/** Takes the values of notes one after the other. */
function valuesOf({ noteValues }: GroupAnswers): (bytes: number) => Buffer | undefined {
  let start = 0;
  // A copy, so that who keeps a value does not keep them all.
  return (bytes) =>
    noteValues === undefined
      ? undefined
      : Buffer.from(noteValues?.subarray(start, (start += bytes)) ?? Buffer.alloc(0));
}

/** @param place of a batch that is stored now; where one was stored before is among the numbers */
function placeAnswer(code: number, place: LogPlace, takeNumber: () => number): StoreAnswer {
  const outcome = STORE_OUTCOMES[code]!;
  if (outcome === 'stored') return { outcome, place };
  if (outcome !== 'already-stored') return { outcome };
  return { outcome, place: { sequence: takeNumber(), position: takeNumber() } };
}

function closeSaleAnswer(code: number, numbers: Iterator<number | null>): CloseSaleAnswer {
  const outcome = CLOSE_OUTCOMES[code]!;
  const first = numbers.next().value as number | null;
  if (outcome === 'not-due') return { outcome, dueInMs: first ?? undefined };
  const missing = numbers.next().value as number;
  const missingAgencies = Array.from({ length: missing }, () => numbers.next().value as number);
  return { outcome, terms: { missingAgencies, isCalledOff: first === 1 } };
}

/** An operation that takes one element of the arrays; `isMore`: its note belongs to the operation before it. */
type Single = Operation & { readonly isMore?: boolean };

/** The operations, each note that is to be written as one of its own. */
function singlesOf(operations: readonly Operation[]): readonly Single[] {
  if (!operations.some((operation) => elementCount(operation) > 1)) return operations;
  return operations.flatMap((operation): Single | Single[] =>
    operation.kind === 'put-notes'
      ? operation.notes.map((note, index) => ({ ...operation, notes: [note], isMore: index > 0 }))
      : operation,
  );
}

/** How many elements of the arrays an operation takes. */
function elementCount(operation: Operation): number {
  return operation.kind === 'put-notes' ? operation.notes.length : 1;
}

/** The names, `null` where there is none: then the group has nothing to do with notes. */
function namesOf(elements: readonly Elements[]): string | null {
  if (elements.every(({ name }) => name === undefined)) return null;
  return arrayOf(elements.map(({ name }) => (name === undefined ? 'NULL' : quoted(name))));
}

function elementsOf(operation: Operation): Elements {
  switch (operation.kind) {
    case 'place': {
      const { agency, batchId, betCount, lastBetId, digest, check, text } = operation.batch;
      return { agency, batchId, betCount, lastBetId, digest, check, text, ask: operation.ask ?? 0 };
    }
    case 'finish':
      return { ...NONE, agency: operation.agency };
    case 'standing':
      return { ...NONE, agency: operation.agency, ask: operation.ask ?? 0 };
    case 'standings':
      // The agency before the first, and in place of a batch id how many there are.
      return { ...NONE, agency: operation.after, batchId: operation.limit };
    case 'batch-text':
      return { ...NONE, agency: operation.agency, batchId: operation.batchId };
    case 'batch-checks':
      // In place of a batch id the one before the first, and in place of bets how many there are.
      return { ...NONE, agency: operation.agency, batchId: operation.after, betCount: operation.limit };
    case 'close-sale': {
      const { whenMissing } = operation;
      // In place of a batch id, what follows: 0 for nothing.
      return { ...NONE, batchId: whenMissing === undefined ? 0 : 1 + DEADLINE_ACTIONS.indexOf(whenMissing) };
    }
    case 'put-notes':
    case 'get-note':
    case 'delete-note':
    case 'list-notes':
    case 'count-note':
      return noteElementOf(operation);
    case 'draw-state':
    case 'refused':
    case 'record-draw':
      return NONE;
  }
}

/** @param takeText the next text of a batch that has no check value, where the texts are known */
function takeChecks(takeNumber: () => number, takeText: () => Buffer | undefined): BatchCheck[] {
  const checks: BatchCheck[] = [];
  let isKnown = true;
  for (let count = takeNumber(); count > 0; count--) {
    const lastBetId = takeNumber();
    const payloadBytes = takeNumber() + 1;
    const kept = takeNumber();
    const text = kept === NO_CHECK_VALUE ? takeText() : undefined;
    isKnown &&= kept !== NO_CHECK_VALUE || text !== undefined;
    if (!isKnown) continue;
    checks.push({ lastBetId, payloadBytes, check: text === undefined ? kept : textCheck(text) });
  }
  return checks;
}

function takeStanding(takeNumber: () => number): Standing {
  return {
    lastBatchId: takeNumber(),
    lastBetId: takeNumber(),
    batches: takeNumber(),
    bets: takeNumber(),
    isFinished: takeNumber() === 1,
  };
}

/** Of several draws in a group, the first one: it is the one that is stored. */
function drawParameter(operations: readonly Operation[]): string | null {
  const recorded = operations.find(({ kind }) => kind === 'record-draw');
  return recorded?.kind === 'record-draw' ? drawJson(recorded.draw) : null;
}

function drawJson(draw: Draw): string {
  return JSON.stringify({
    bets: draw.bets,
    winner_number: draw.winnerNumber ?? null,
    missing_agencies: draw.missingAgencies,
    is_called_off: draw.isCalledOff,
    winners: Object.fromEntries(draw.winners),
  });
}

/** Where each text begins among all, one after the other, counted from 1. */
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

/** Bytes within an array, as PostgreSQL reads them. */
function bytesLiteral(bytes: Buffer): string {
  return `\\x${bytes.toString('hex')}`;
}
