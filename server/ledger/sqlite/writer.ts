import { oneLine } from '../../../program/exit';
import {
  batchLine,
  batchTextLine,
  drawLine,
  drawStateLine,
  finishLine,
  NO_REQUEST_ID,
  standingLine,
  standingsLine,
} from '../audit_line';
import { APPEND_OUTCOMES, AppendOutcome, Draw, DRAW_STATES } from '../ledger';
import { HandOverReceiver, Place } from './hand_over';
import type { LogMover } from './log_mover';
import {
  Answer,
  APPEND,
  BATCH_TEXT,
  CLOSE,
  CLOSE_SALE,
  DRAW_STATE,
  FINISH,
  Found,
  FromWriter,
  NOTE,
  Operation,
  STANDING,
  STANDINGS,
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

/** So many operations in a commit may find something large: what is held in memory until it is committed. */
const MAX_COMMIT_READS = 16;

const NOTHING: Answer = [0, 0, 0, 0, 0];

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
  /** The lines of the audit log of the run that is carried out, each with its line feed. */
  #lines = '';
  /** What the operations of the group have found. */
  #found: Found[] = [];

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
    const startedMs = performance.now();
    const group = this.#groupOf(waiting);
    this.#found = [];
    this.#store.begin();
    for (let index = 0; index < group.operations;) index = this.#carryOutRun(index, group.operations);
    this.#store.commit();
    this.#handOver.take(group.operations);
    this.#around.send({
      kind: 'committed',
      operations: group.operations,
      durationMs: performance.now() - startedMs,
      found: this.#found,
    });
    this.#moveLog(group);
    return true;
  }

  /** The first operations that fit a commit, at least one, and none behind CLOSE. */
  #groupOf(waiting: number): CommitGroup {
    const agencies = new Set<number>();
    let textBytes = 0;
    let operations = 0;
    let reads = 0;
    while (operations < waiting && textBytes < MAX_COMMIT_BYTES && reads < MAX_COMMIT_READS) {
      const { kind, agency } = this.#handOver.operation(operations);
      if (kind === CLOSE) break;
      if (kind === STANDINGS || kind === BATCH_TEXT) reads++;
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
    this.#lines = '';
    for (let index = first; index < run.endIndex; index++) {
      this.#handOver.answer(index, this.#carryOut(index, run.start));
    }
    this.#store.endSegment(this.#lines);
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

  #carryOut(index: number, textStart: number): Answer {
    const operation = this.#handOver.operation(index);
    const label = this.#handOver.label(index);
    switch (operation.kind) {
      case APPEND: {
        const { start, end } = this.#handOver.place(index);
        return this.#append(operation, start - textStart, end - textStart, label || NO_REQUEST_ID);
      }
      case CLOSE_SALE:
        if (this.#store.closeSale()) this.#tell(drawLine());
        return NOTHING;
      case STORE_DRAW:
        this.#store.storeDraw(this.#around.draw());
        return NOTHING;
      case NOTE:
        this.#tell(label);
        return NOTHING;
      default:
        return this.#carryOutForAgency(operation, label || NO_REQUEST_ID);
    }
  }

  #append(batch: Operation, start: number, end: number, requestId: string): Answer {
    const outcome = this.#store.append(batch, start, end);
    this.#tell(batchLine(batch.agency, batch.batchId, outcome, requestId));
    return [numberOf(outcome), 0, 0, 0, 0];
  }

  #carryOutForAgency({ kind, agency, batchId }: Operation, requestId: string): Answer {
    switch (kind) {
      case FINISH:
        this.#store.finish(agency);
        this.#tell(finishLine(agency, requestId));
        return NOTHING;
      case STANDING: {
        this.#tell(standingLine(agency, requestId));
        const { lastBatchId, lastBetId, batches, bets, isFinished } = this.#store.standing(agency);
        return [lastBatchId, lastBetId, batches, bets, isFinished ? 1 : 0];
      }
      case STANDINGS:
        this.#tell(standingsLine(requestId));
        this.#found.push(this.#store.standings(agency, batchId));
        return NOTHING;
      case BATCH_TEXT: {
        const text = this.#store.batchText(agency, batchId);
        this.#tell(batchTextLine(agency, batchId, text !== undefined, requestId));
        if (text !== undefined) this.#found.push(text);
        return [text === undefined ? 0 : 1, 0, 0, 0, 0];
      }
      case DRAW_STATE: {
        const state = this.#store.drawState;
        if (state !== 'due') this.#tell(drawStateLine(agency === 0 ? undefined : agency, state, requestId));
        return [DRAW_STATES.indexOf(state), 0, 0, 0, 0];
      }
      default:
        throw new Error(`no operation is of kind ${kind}`);
    }
  }

  /** Adds a line to the audit log. */
  #tell(line: string): void {
    this.#lines += line + '\n';
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
  return APPEND_OUTCOMES.indexOf(outcome);
}
