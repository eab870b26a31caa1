import { drawnState } from '../draw';
import { Ledger, LedgerNews, LedgerState, LedgerUnavailable, LotteryTerms, SearchResult } from '../ledger';
import { MemoryLedger } from '../memory_ledger';
import type { Answers, AnswerTo, Operation, OperationKind } from '../operation';
import { settled } from '../../testing/settled';

/** A call that a {@link HeldLedger} was given and has not answered. */
export interface HeldCall {
  readonly kind: OperationKind | 'find-winners';
  /** Carries the call out and answers it. */
  answer(): void;
  /** Answers that the storage cannot take it. */
  reject(error?: Error): void;
}

/** What waits only if it is told to. */
const READS: ReadonlySet<HeldCall['kind']> = new Set([
  'standings',
  'batch-text',
  'batch-checks',
  'draw-state',
  'get-note',
  'list-notes',
  'refused',
]);

/** A ledger in memory that answers when it is told to, in whatever order. For tests. */
export class HeldLedger implements Ledger {
  readonly #memory: MemoryLedger;
  /** The calls that wait for their answer, the oldest first. */
  readonly calls: HeldCall[] = [];
  readonly openedWith: LedgerState;
  isShared = false;
  queuedBytes = 0;
  /** Tells what another server has done. */
  tell: (news: LedgerNews) => void = () => undefined;
  /** Tells that there is room. */
  tellRoom: () => void = () => undefined;
  /** Whether reads and refusals wait too. */
  holdsReads = false;

  /** @param wallTimeMs the clock of the storage, in milliseconds since 1970 */
  constructor(terms: LotteryTerms, openedWith: Partial<LedgerState> = {}, wallTimeMs?: () => number) {
    this.#memory = new MemoryLedger(terms, wallTimeMs);
    this.openedWith = { ...this.#memory.openedWith, ...openedWith };
    for (const agency of openedWith.finishedAgencies ?? []) this.#memory.assumeFinished(agency);
  }

  /** The audit log. */
  get auditLines(): readonly string[] {
    return this.#memory.auditLines;
  }

  submit<O extends Operation>(given: O): Promise<AnswerTo<O>> {
    const operation = withOwnText(given);
    const { draw } = this.openedWith;
    const carryOut = (): Promise<AnswerTo<O>> => {
      if (operation.kind !== 'draw-state' || draw === undefined) return this.#memory.submit(operation);
      const state: Answers['draw-state'] = drawnState(draw);
      return Promise.resolve(state as AnswerTo<O>);
    };
    return this.#hold(operation.kind, carryOut);
  }

  findWinners(winnerNumber: number): Promise<SearchResult> {
    return this.#hold('find-winners', () => this.#memory.findWinners(winnerNumber));
  }

  watch(listener: (news: LedgerNews) => void): void {
    this.tell = listener;
  }

  watchRoom(listener: () => void): void {
    this.tellRoom = listener;
  }

  close(): Promise<void> {
    return this.#memory.close();
  }

  /** Answers all that wait. */
  answerAll(): void {
    for (const call of this.calls.splice(0)) call.answer();
  }

  /** Answers all that wait, and what is asked for then, until nothing waits any more. */
  async answerOn(): Promise<void> {
    while (this.calls.length > 0) {
      this.answerAll();
      await settled();
    }
  }

  /** Rejects all that wait, as an engine does whose commit has failed. */
  rejectAll(error?: Error): void {
    for (const call of this.calls.splice(0)) call.reject(error);
  }

  #hold<Answer>(kind: HeldCall['kind'], carryOut: () => Promise<Answer>): Promise<Answer> {
    if (!this.holdsReads && READS.has(kind)) return carryOut();
    return new Promise((resolve, reject) => {
      this.calls.push({
        kind,
        answer: () => void carryOut().then(resolve, reject),
        reject: (error = new LedgerUnavailable('told to')) => reject(error),
      });
    });
  }
}

/** The text of a batch, or the value of a note, may change once it was submitted. */
function withOwnText<O extends Operation>(operation: O): O {
  if (operation.kind === 'put-notes') {
    const notes = operation.notes.map((note) => ({ ...note, value: Buffer.from(note.value) }));
    return { ...operation, notes };
  }
  if (operation.kind !== 'place') return operation;
  const { batch } = operation;
  return { ...operation, batch: { ...batch, text: Buffer.from(batch.text) } };
}
