import { oneLine } from '../../../program/exit';
import type { Draw } from '../draw';
import type { Answers, OperationKind, OperationOf } from '../operation';
import type { LogPlace } from '../log_place';
import { linesOf } from '../operation_line';
import { AnswerNumbers, encodeAnswer, LargeAnswer, POSTPONED } from './answer_codec';
import { LedgerLocked, LOCK_TRY_MS, MAX_LOCK_WAIT_MS } from './file_lock';
import type { LogMover } from './log_mover';
import { ReadPostponed } from './read_budget';
import { PAGE_BYTES } from './schema';
import {
  Beside,
  decodeOperation,
  END_CODE,
  isAgain,
  isPlace,
  notesChangedBy,
  PLACE_CODE,
} from './slot_codec';
import { Store } from './store';
import { Place, SubmissionReceiver } from './submission_ring';
import type { FromWriter } from './writer_messages';

/** How much text one commit takes at most, so that nobody waits long for what the others store. */
const MAX_COMMIT_BYTES = 1 * 1024 * 1024;
/** The most text that is stored as one segment: what must be read to answer for one batch in it. */
const MAX_SEGMENT_BYTES = 512 * 1024;
/** When about so many pages were added to the write-ahead log, they are moved into the database, beside the writer. */
const MOVE_PAGES = (2 * 1024 * 1024) / PAGE_BYTES;
/** When the log has about so many pages, the writer moves the rest, so that the log is started over. */
const RESTART_PAGES = (16 * 1024 * 1024) / PAGE_BYTES;
/** Pages that a commit touches beside the texts and a page of batches for each agency. */
const COMMIT_PAGES = 2;

/** What writing or removing a note counts as, beside its name and value. */
const NOTE_BYTES = 1024;
/** Pages that a commit touches for an owner's notes, beside those of the values: of the table and of its index. */
const OWNER_PAGES = 2;

/** The pause between two tries to begin a commit while another program has locked the file. */
const LOCK_PAUSE_MS = 50;

/** What the writer needs from the thread around it. */
export interface WriterContext {
  readonly send: (message: FromWriter) => void;
  /** The draw that is to be recorded. */
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
  readonly #ring: SubmissionReceiver;
  readonly #context: WriterContext;
  #pagesInLog = 0;
  #pagesToMove = 0;
  /** The lines of the audit log of the run that is carried out, each with its line feed. */
  #lines = '';
  /** The large parts of the group's answers. */
  #large: LargeAnswer[] = [];
  /** Where the texts of the run that is carried out begin, and the text of the operation in hand. */
  #runStart = 0;
  #text: Place = { start: 0, end: 0 };
  /** Which operation of its run that is, counted from 0. */
  #position = 0;
  readonly #beside: Beside;

  readonly #handlers: { readonly [K in OperationKind]: (operation: OperationOf<K>) => Answers[K] } = {
    place: ({ batch }) => {
      const { start, end } = this.#text;
      return this.#store.place(batch, start - this.#runStart, end - this.#runStart);
    },
    finish: ({ agency }) => this.#store.finish(agency),
    standing: ({ agency }) => this.#store.standing(agency),
    standings: ({ after, limit }) => this.#store.standings(after, limit),
    'batch-text': ({ agency, batchId }) => this.#store.batchText(agency, batchId),
    'batch-checks': ({ agency, after, limit }) => this.#store.batchChecks(agency, after, limit),
    'draw-state': () => this.#store.drawState,
    refused: () => undefined,
    'close-sale': ({ whenMissing }) => this.#store.closeSale(whenMissing),
    'record-draw': ({ draw }) => this.#store.recordDraw(draw),
    'put-notes': ({ owner, notes, condition }) =>
      this.#store.notes.put(owner, notes, condition, this.#notePlace),
    'get-note': ({ owner, name }) => this.#store.notes.get(owner, name),
    'delete-note': ({ owner, name, condition }) => this.#store.notes.delete(owner, name, condition),
    'list-notes': ({ owner, after, limit }) => this.#store.notes.list(owner, after, limit),
    'count-note': ({ owner, name, by, mayCreate }) =>
      this.#store.notes.count(owner, name, by, mayCreate, this.#notePlace),
  };

  constructor(store: Store, ring: SubmissionReceiver, context: WriterContext) {
    this.#store = store;
    this.#ring = ring;
    this.#context = context;
    this.#beside = { draw: context.draw, text: () => ring.texts(this.#text) };
  }

  /**
   * Waits for operations and carries out one group of them.
   *
   * @returns whether to go on: false at the end
   * @throws when the storage fails: nothing of the group is stored then, and neither the file nor the memory beside
   *   it can be trusted, so that the store must be abandoned
   */
  run(): boolean {
    const waiting = this.#ring.wait();
    if (this.#ring.code(0) === END_CODE) return false;
    const startedMs = performance.now();
    const group = this.#groupOf(waiting);
    this.#large = [];
    this.#begin();
    for (let index = 0; index < group.operations;) index = this.#carryOutRun(index, group.operations);
    this.#store.commit();
    this.#ring.take(group.operations);
    this.#context.send({
      kind: 'committed',
      operations: group.operations,
      durationMs: performance.now() - startedMs,
      large: this.#large,
    });
    this.#moveLog(group);
    return true;
  }

  /**
   * Begins a commit. While another program has locked the file it waits for that, with a bound, but not once the program
   * is to stop.
   *
   * @throws LedgerLocked
   */
  #begin(): void {
    let waitedMs = 0;
    for (;;) {
      try {
        return this.#store.begin();
      } catch (error) {
        if (!(error instanceof LedgerLocked)) throw error;
        if (waitedMs === 0) this.#context.send({ kind: 'waiting', reason: oneLine(error) });
        if (waitedMs > MAX_LOCK_WAIT_MS || this.#ring.pause(LOCK_PAUSE_MS)) throw error;
        waitedMs += LOCK_TRY_MS + LOCK_PAUSE_MS;
      }
    }
  }

  /** The first operations that fit a commit, at least one, and none after the end. */
  #groupOf(waiting: number): CommitGroup {
    const agencies = new Set<number>();
    const owners = new Set<number>();
    let bytes = 0;
    let operations = 0;
    for (; operations < waiting && bytes < MAX_COMMIT_BYTES; operations++) {
      const numbers = this.#ring.numbers(operations);
      const [code, agency] = numbers;
      if (code === END_CODE) break;
      const { start, end } = this.#ring.place(operations);
      bytes += end - start;
      if (code === PLACE_CODE) agencies.add(agency);
      const notes = notesChangedBy(numbers);
      if (notes === 0) continue;
      owners.add(agency);
      bytes += this.#ring.labelBytes(operations) + notes * NOTE_BYTES;
    }
    const pages = agencies.size + owners.size * OWNER_PAGES + Math.ceil(bytes / PAGE_BYTES);
    return { operations, pages: COMMIT_PAGES + pages };
  }

  /** Carries out operations, of which the batches' texts lie side by side, as one segment. @returns the index after them */
  #carryOutRun(first: number, end: number): number {
    const run = this.#runFrom(first, end);
    this.#store.beginSegment(this.#ring.texts(run));
    this.#lines = '';
    this.#runStart = run.start;
    for (let index = first; index < run.endIndex; index++) {
      this.#position = index - first;
      this.#ring.answer(index, this.#take(index));
    }
    this.#store.endSegment(this.#lines);
    return run.endIndex;
  }

  /** The texts of notes are no part of a segment: one parts the batches before it from those behind it. */
  #runFrom(first: number, end: number): Place & { readonly endIndex: number } {
    let run: Place | undefined;
    let index = first;
    for (; index < end; index++) {
      const place = this.#ring.place(index);
      if (place.start === place.end || !isPlace(this.#ring.code(index))) continue;
      run ??= { start: place.start, end: place.start - 1 };
      const isBeside = place.start === run.end + 1;
      const isFull = run.end > run.start && place.end - run.start > MAX_SEGMENT_BYTES;
      if (!isBeside || isFull) break;
      run = { start: run.start, end: place.end };
    }
    return { ...(run ?? { start: 0, end: 0 }), endIndex: index };
  }

  /** Carries out the operation in a slot, or postpones it. @returns the numbers of its answer */
  #take(index: number): AnswerNumbers {
    this.#text = this.#ring.place(index);
    const numbers = this.#ring.numbers(index);
    this.#store.budget.beginOperation(isAgain(numbers));
    try {
      return this.#carryOut(decodeOperation(numbers, this.#ring.label(index), this.#beside));
    } catch (error) {
      if (error instanceof ReadPostponed) return POSTPONED;
      throw error;
    }
  }

  #carryOut<K extends OperationKind>(operation: OperationOf<K>): AnswerNumbers {
    const answer = this.#handlers[operation.kind](operation);
    this.#lines += linesOf(operation, answer);
    const { numbers, large } = encodeAnswer(operation, answer);
    if (large !== undefined) this.#large.push(large);
    return numbers;
  }

  /** Where a note is that the operation in hand writes: no two operations have the same place. */
  get #notePlace(): LogPlace {
    return { sequence: this.#store.openSegment, position: this.#position };
  }

  /** The group is answered for before this: nobody waits for it but those who come next. */
  #moveLog({ pages }: CommitGroup): void {
    const { logMover, send } = this.#context;
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
      send({ kind: 'log-held', bytes: this.#store.moveLog() });
    } catch (error) {
      // All of it is durable in the log, and stays there until it could be moved.
      send({ kind: 'not-moved', reason: oneLine(error) });
    }
  }
}
