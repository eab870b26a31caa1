/**
 * How a commit group travels to PostgreSQL and back: as the parameters of one call of `lottery_commit`, and what it
 * answers (functions/lottery_commit.sql).
 */
import { APPEND_OUTCOMES, Draw, DRAW_STATES, Standing } from '../ledger';
import type { Answer, Answers, Operation } from '../remote/operation';
import { possibleLines } from '../remote/possible_lines';
import type { GroupId } from '../remote/remote_store';
import type { Parameter } from './connection';

/** What `lottery_commit` answers. */
export interface GroupAnswers {
  /** One for each operation. */
  readonly outcomes: readonly number[];
  /** The numbers that the operations have come to, one operation's after the other's. */
  readonly numbers: readonly number[];
  /** The texts that were found, in the order of the operations. */
  readonly texts: readonly Buffer[];
}

/** The statement that carries out a group. */
export const COMMIT_STATEMENT = `SELECT
  array_to_json(outcomes) AS outcomes, array_to_json(numbers) AS numbers, texts
  FROM lottery_commit(
  $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`;

/** The outcome of `batch-text` where the batch is stored. */
export const TEXT_FOUND = 1;

/** The outcomes of 'place', by their numbers. */
const PLACE_OUTCOMES: readonly Answers['place'][] = [...APPEND_OUTCOMES, 'taken-over'];

/** What an operation puts into the arrays; 0 where it has no use for a number. */
interface Elements {
  readonly agency: number;
  readonly batchId: number;
  readonly betCount: number;
  readonly lastBetId: number;
  readonly ask: number;
  readonly digest?: Buffer;
  readonly text?: Buffer;
}

const NONE: Elements = { agency: 0, batchId: 0, betCount: 0, lastBetId: 0, ask: 0 };

/** The parameters of {@link COMMIT_STATEMENT}. */
export function groupParameters(id: GroupId, operations: readonly Operation[]): Parameter[] {
  const elements = operations.map(elementsOf);
  const lengths = elements.map(({ text }) => text?.length ?? 0);
  return [
    id.runId,
    id.connection,
    id.group,
    arrayOf(operations.map(({ kind }) => kind)),
    arrayOf(elements.map(({ agency }) => agency)),
    arrayOf(elements.map(({ batchId }) => batchId)),
    arrayOf(elements.map(({ betCount }) => betCount)),
    arrayOf(elements.map(({ lastBetId }) => lastBetId)),
    arrayOf(elements.map(({ ask }) => ask)),
    arrayOf(startsOf(lengths)),
    arrayOf(lengths),
    arrayOf(elements.map(({ digest }) => (digest === undefined ? 'NULL' : quoted(bytesLiteral(digest))))),
    Buffer.concat(elements.flatMap(({ text }) => text ?? [])),
    arrayOf(operations.map((operation) => quoted(possibleLines(operation).join('\n')))),
    drawParameter(operations),
  ];
}

/** The answer to each operation of a group. */
export function answersTo(operations: readonly Operation[], answers: GroupAnswers): readonly Answer[] {
  const numbers = answers.numbers.values();
  const texts = answers.texts.values();
  const takeNumber = (): number => numbers.next().value!;
  return operations.map((operation, index): Answer => {
    const outcome = answers.outcomes[index]!;
    switch (operation.kind) {
      case 'place':
        return PLACE_OUTCOMES[outcome]!;
      case 'finish':
        return takeNumber();
      case 'standing':
        return takeStanding(takeNumber);
      case 'standings':
        return Array.from({ length: operation.limit }, () => takeStanding(takeNumber));
      case 'batch-text':
        return outcome === TEXT_FOUND ? texts.next().value! : undefined;
      case 'draw-state':
        return DRAW_STATES[outcome]!;
      case 'refused':
      case 'close-sale':
      case 'record-draw':
        return undefined;
    }
  });
}

function elementsOf(operation: Operation): Elements {
  switch (operation.kind) {
    case 'place': {
      const { agency, batchId, betCount, lastBetId, digest, text } = operation.batch;
      return { agency, batchId, betCount, lastBetId, digest, text, ask: operation.ask ?? 0 };
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
    case 'draw-state':
    case 'refused':
    case 'close-sale':
    case 'record-draw':
      return NONE;
  }
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
