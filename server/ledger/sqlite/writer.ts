import { oneLine } from '../../../program/exit';
import { AppendOutcome, Draw } from '../ledger';
import { HandOverReceiver, Place } from './hand_over';
import type { LogMover } from './log_mover';
import {
  Answer,
  APPEND,
  CLOSE,
  CLOSE_SALE,
  FINISH,
  FromWriter,
  Operation,
  OUTCOMES,
  STANDING,
  STORE_DRAW,
} from './operations';
import { PAGE_BYTES } from './schema';
import { Store } from './store';

/** How much text one commit takes at most, so that nobody waits long for the others' batches. */
const MAX_COMMIT_BYTES = 1 * 1024 * 1024;
/** The most text that is stored as one segment: what must be read to answer for one batch in it. */
const MAX_SEGMENT_BYTES = 512 * 1024;
/** When about so many pages were added to the write-ahead log, they are moved into the database, beside the writer. */
const MOVE_PAGES = (2 * 1024 * 1024) / PAGE_BYTES;
/** When the log has about so many pages, the writer moves the rest, so that the log is begun anew. */
const RESTART_PAGES = (16 * 1024 * 1024) / PAGE_BYTES;
/** Pages that a commit touches beside the texts and a page of batches for each agency. */
const COMMIT_PAGES = 2;

const NOTHING: Answer = [0, 0, 0];

/** What the writer needs from the thread around it. */
export interface WriterSurroundings {
  readonly send: (message: FromWriter) => void;
  /** The draw that STORE_DRAW is to store. */
  readonly draw: () => Draw;
  readonly logMover: Pick<LogMover, 'ask' | 'isBusy' | 'wait'>;
}

/** Operations that are carried out in one commit. */
interface CommitGroup {
  readonly operations: number;
  /** About how many pages the commit touches. */
  readonly pages: number;
}

/** Carries out operations, each group of them in one commit. The commit group is whatever waits. */
export class Writer {
  readonly #store: Store;
  readonly #handOver: HandOverReceiver;
  readonly #around: WriterSurroundings;
  #pagesInLog = 0;
  #pagesToMove = 0;

  constructor(store: Store, handOver: HandOverReceiver, around: WriterSurroundings) {
    this.#store = store;
    this.#handOver = handOver;
    this.#around = around;
  }

  /**
   * Waits for operations and carries out one group of them.
   *
   * @returns whether to go on: false behind CLOSE
   * @throws when the storage fails: nothing of the group is stored then, and neither the file nor the memory beside
   *   it can be trusted, so that the store must be abandoned
   */
  run(): boolean {
    const waiting = this.#handOver.wait();
    if (this.#handOver.kind(0) === CLOSE) return false;
    const group = this.#groupOf(waiting);
    this.#store.begin();
    for (let index = 0; index < group.operations;) index = this.#carryOutRun(index, group.operations);
    this.#store.commit();
    this.#handOver.take(group.operations);
    this.#around.send({ kind: 'committed', operations: group.operations });
    this.#moveLog(group);
    return true;
  }

  /** The first operations that fit a commit, at least one, and none behind CLOSE. */
  #groupOf(waiting: number): CommitGroup {
    const agencies = new Set<number>();
    let textBytes = 0;
    let operations = 0;
    while (operations < waiting && textBytes < MAX_COMMIT_BYTES) {
      const { kind, agency } = this.#handOver.operation(operations);
      if (kind === CLOSE) break;
      const { start, end } = this.#handOver.place(operations++);
      textBytes += end - start;
      agencies.add(agency);
    }
    return { operations, pages: COMMIT_PAGES + agencies.size + Math.ceil(textBytes / PAGE_BYTES) };
  }

  /** Carries out operations whose texts lie side by side, as one segment. @returns the index behind them */
  #carryOutRun(first: number, end: number): number {
    const run = this.#runFrom(first, end);
    this.#store.beginSegment(this.#handOver.texts(run));
    for (let index = first; index < run.endIndex; index++) {
      const operation = this.#handOver.operation(index);
      const place = this.#handOver.place(index);
      this.#handOver.answer(index, this.#carryOut(operation, place, run.start));
    }
    this.#store.endSegment();
    return run.endIndex;
  }

  #runFrom(first: number, end: number): Place & { readonly endIndex: number } {
    let run: Place | undefined;
    let index = first;
    for (; index < end; index++) {
      const place = this.#handOver.place(index);
      if (place.start === place.end) continue;
      run ??= { start: place.start, end: place.start - 1 };
      const isBeside = place.start === run.end + 1;
      const isFull = run.end > run.start && place.end - run.start > MAX_SEGMENT_BYTES;
      if (!isBeside || isFull) break;
      run = { start: run.start, end: place.end };
    }
    return { ...(run ?? { start: 0, end: 0 }), endIndex: index };
  }

  #carryOut({ kind, ...batch }: Operation, place: Place, textStart: number): Answer {
    const { agency } = batch;
    switch (kind) {
      case APPEND:
        return [numberOf(this.#store.append(batch, place.start - textStart, place.end - textStart)), 0, 0];
      case FINISH:
        this.#store.finish(agency);
        return NOTHING;
      case STANDING: {
        const { lastBatchId, lastBetId, bets } = this.#store.standing(agency);
        return [lastBatchId, lastBetId, bets];
      }
      case CLOSE_SALE:
        this.#store.closeSale();
        return NOTHING;
      case STORE_DRAW:
        this.#store.storeDraw(this.#around.draw());
        return NOTHING;
      default:
        throw new Error(`no operation is of kind ${kind}`);
    }
  }

  /** The group is answered for before this: nobody waits for it but those who come next. */
  #moveLog({ pages }: CommitGroup): void {
    const { logMover, send } = this.#around;
    this.#pagesInLog += pages;
    this.#pagesToMove += pages;
    if (this.#pagesToMove < MOVE_PAGES) return;
    if (this.#pagesInLog < RESTART_PAGES) {
      if (logMover.ask()) this.#pagesToMove = 0;
      if (this.#pagesToMove === 0 || logMover.isBusy) return;
    }
    this.#pagesInLog = this.#pagesToMove = 0;
    try {
      logMover.wait();
      this.#store.moveLog();
    } catch (error) {
      // All of it is durable in the log, and stays there until it could be moved.
      send({ kind: 'not-moved', reason: oneLine(error) });
    }
  }
}

function numberOf(outcome: AppendOutcome): number {
  return OUTCOMES.indexOf(outcome);
}
