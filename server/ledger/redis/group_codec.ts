/**
 * How a commit group travels to Redis and back: as the arguments of one call of `commit`, and what it answers
 * (functions/commit.lua). Of an operation: its kind, its possible lines, and the arguments that its function names there.
 */
import { COMPLETE, Draw, DRAW_STATES, DrawTerms } from '../draw';
import type { LogPlace } from '../log_place';
import { BatchCheck, CloseSaleAnswer, OperationOf, PLACE_OUTCOMES, Standing } from '../operation';
import type { Operation, PlaceOperation, StoreAnswer } from '../remote/operation';
import { possibleLines } from '../remote/possible_lines';
import type { GroupAnswer } from '../remote/remote_store';
import type { Reply } from './connection';
import { isAboutNotes, noteAnswer, noteArguments } from './note_codec';

/** What a function takes or answers about an operation: numbers, and text or bytes. */
export type Argument = string | Buffer;

/** What `commit` answers: the group's number in the log, and for each operation its outcome and what else there is. */
export interface GroupReply {
  readonly sequence: number;
  readonly answers: readonly (readonly Reply[])[];
}

/** What a group's answers need that is read apart from it. */
export interface ReadApart {
  /** The texts of the batches that were found, in the order of the operations. */
  readonly texts: readonly Buffer[];
  /** The draw that was stored before the group, where that is one of its answers. */
  readonly draw: Draw | undefined;
}

/** The outcome of `batch-text` where the batch is stored. */
const TEXT_FOUND = 1;
/** The outcome of `record-draw` where a draw is stored already. */
const DRAW_WAS_THERE = 1;
/** The outcomes of `place`, by their numbers. */
const STORE_OUTCOMES: readonly StoreAnswer['outcome'][] = [...PLACE_OUTCOMES, 'taken-over', 'late'];
const CLOSE_OUTCOMES = ['closed', 'already-closed', 'not-due'] as const;
/** How many numbers a standing is, and what is told of a batch's check value. */
const STANDING_NUMBERS = 5;
const CHECK_NUMBERS = 3;

/** The arguments of the operations of a group, one after the other. */
export function groupArguments(operations: readonly Operation[]): Argument[] {
  return operations.flatMap((operation) => {
    if (isAboutNotes(operation)) return [operation.kind, ...noteArguments(operation)];
    return [operation.kind, possibleLines(operation).join('\n'), ...argumentsOf(operation)];
  });
}

/** Reads what `commit` has answered, or what is kept of it. */
export function groupReply([sequence, answers]: readonly Reply[]): GroupReply {
  // A group without operations is an empty list there, of whichever kind.
  return { sequence: Number(sequence), answers: answers as GroupReply['answers'] };
}

/** The batches whose texts are to be read for the answers, in the order of the operations. */
export function foundBatches(
  operations: readonly Operation[],
  { answers }: GroupReply,
): readonly OperationOf<'batch-text'>[] {
  return operations.filter(
    (operation, index): operation is OperationOf<'batch-text'> =>
      operation.kind === 'batch-text' && answers[index]?.[0] === TEXT_FOUND,
  );
}

/** Whether a draw that was stored before is one of the answers. */
export function answersDraw(operations: readonly Operation[], { answers }: GroupReply): boolean {
  return operations.some(
    ({ kind }, index) => kind === 'record-draw' && answers[index]?.[0] === DRAW_WAS_THERE,
  );
}

/** The answer to each operation of a group. */
export function answersTo(
  operations: readonly Operation[],
  { sequence, answers }: GroupReply,
  { texts, draw }: ReadApart,
): readonly GroupAnswer[] {
  const textsLeft = texts.values();
  return operations.map((operation, index): GroupAnswer => {
    const place: LogPlace = { sequence, position: index + 1 };
    const answer = answers[index]!;
    if (isAboutNotes(operation)) return noteAnswer(operation, answer, place);
    const [outcome, ...rest] = answer as readonly [number, ...Reply[]];
    switch (operation.kind) {
      case 'place':
        return placeAnswer(outcome, rest, place);
      case 'finish':
        return { finished: Number(rest[0]), firstFinishedAtMs: Number(rest[1]) };
      case 'standing':
        return standingsOf(rest)[0]!;
      case 'standings':
        return standingsOf(rest);
      case 'batch-text':
        return outcome === TEXT_FOUND ? textsLeft.next().value : undefined;
      case 'batch-checks':
        return checksOf(rest);
      case 'draw-state':
        return DRAW_STATES[outcome]!;
      case 'close-sale':
        return closeSaleAnswer(outcome, rest);
      case 'record-draw':
        return outcome === DRAW_WAS_THERE ? (draw ?? operation.draw) : operation.draw;
      case 'refused':
        return undefined;
    }
  });
}

/** The agencies in a text that has them in digits, separated by commas; empty for none. */
export function agenciesFrom(text: string): readonly number[] {
  return text === '' ? [] : text.split(',').map(Number);
}

type OtherOperation = Exclude<Operation, { kind: `${string}-note` | `${string}-notes` }>;

function argumentsOf(operation: OtherOperation): readonly Argument[] {
  switch (operation.kind) {
    case 'place':
      return placeArguments(operation);
    case 'finish':
      return [String(operation.agency)];
    case 'standing':
      return [String(operation.agency), String(operation.ask ?? 0)];
    case 'standings':
      return [String(operation.after), String(operation.limit)];
    case 'batch-text':
      return [String(operation.agency), String(operation.batchId)];
    case 'batch-checks':
      return [String(operation.agency), String(operation.after), String(operation.limit)];
    case 'close-sale':
      return [operation.whenMissing ?? ''];
    case 'record-draw':
      return drawArguments(operation.draw);
    case 'draw-state':
    case 'refused':
      return [];
  }
}

function placeArguments({ batch, ask = 0 }: PlaceOperation): readonly Argument[] {
  const { agency, batchId, betCount, lastBetId, check, digest, text } = batch;
  return [...[agency, batchId, betCount, lastBetId, ask, check].map(String), digest, text];
}

function drawArguments({
  bets,
  winnerNumber,
  missingAgencies,
  isCalledOff,
  winners,
}: Draw): readonly string[] {
  const terms = [String(winnerNumber ?? ''), missingAgencies.join(','), isCalledOff ? '1' : '0'];
  const found = [...winners].flatMap(([agency, documents]) => [String(agency), documents]);
  return [String(bets), ...terms, String(winners.size), ...found];
}

/** @param place of a batch that is stored now; where one was stored before is among the numbers */
function placeAnswer(code: number, rest: readonly Reply[], place: LogPlace): StoreAnswer {
  const outcome = STORE_OUTCOMES[code]!;
  if (outcome === 'stored') return { outcome, place };
  if (outcome !== 'already-stored') return { outcome };
  return { outcome, place: { sequence: Number(rest[0]), position: Number(rest[1]) } };
}

function standingsOf(numbers: readonly Reply[]): readonly Standing[] {
  return parts(numbers, STANDING_NUMBERS).map(
    ([lastBatchId, lastBetId, batches, bets, isFinished]): Standing => ({
      lastBatchId: lastBatchId!,
      lastBetId: lastBetId!,
      batches: batches!,
      bets: bets!,
      isFinished: isFinished === 1,
    }),
  );
}

function checksOf(numbers: readonly Reply[]): readonly BatchCheck[] {
  return parts(numbers, CHECK_NUMBERS).map(([lastBetId, bytes, check]) => ({
    lastBetId: lastBetId!,
    payloadBytes: bytes! + 1,
    check: check!,
  }));
}

function closeSaleAnswer(code: number, [first, missing]: readonly Reply[]): CloseSaleAnswer {
  const outcome = CLOSE_OUTCOMES[code]!;
  if (outcome === 'not-due') return { outcome, dueInMs: isNothing(first) ? undefined : Number(first) };
  const missingAgencies = agenciesFrom(String(missing));
  const terms: DrawTerms =
    missingAgencies.length === 0 ? COMPLETE : { missingAgencies, isCalledOff: Number(first) === 1 };
  return { outcome, terms };
}

function isNothing(reply: Reply | undefined): boolean {
  return reply === undefined || reply === null;
}

function parts(numbers: readonly Reply[], size: number): readonly (readonly number[])[] {
  return Array.from({ length: numbers.length / size }, (_, index) =>
    numbers.slice(index * size, (index + 1) * size).map(Number),
  );
}
