import type { LedgerUnavailable } from '../ledger';
import { Answer, isNoteChange, isNoteRead, Operation, textBytesOf } from './operation';

/** An operation that was not answered yet. */
export interface Pending {
  readonly operation: Operation;
  /** @param answer one to an operation of this kind */
  readonly settle: (answer: Answer) => void;
  readonly reject: (error: LedgerUnavailable) => void;
}

/** What an operation counts as, besides its text. */
const OPERATION_BYTES = 1024;
/** How many operations may be waiting for their answers. */
const MAX_OPERATIONS = 16_384;
/**
 * How many bytes operations that write notes may have together, or as many as the others, if that is more. They take no
 * room from the others, which are small and many.
 */
const MAX_NOTE_BYTES = 18 * 1024 * 1024;
/** How much text one group takes, so that nobody waits long for the batches of others. */
const MAX_GROUP_BYTES = 1024 * 1024;
const MAX_GROUP_OPERATIONS = 4_096;
/** How many texts of batches a group reads: each may be as long as a batch can be. */
const MAX_GROUP_READS = 1;
/** How many notes, and lists of them, a group is to read: the store leaves those that are too much to a later one. */
const MAX_GROUP_NOTE_READS = 64;
/** How many operations that change notes: the store carries out one after the other, and not all at once as with bets. */
const MAX_GROUP_NOTE_CHANGES = 1_024;

/** Operations in the order in which they were put, until they are answered. */
export class OperationQueue {
  readonly #maxBytes: number;
  /** The first #taken of them are in the group that was taken. */
  #pending: Pending[] = [];
  #taken = 0;
  /** Of operations that write notes, and of all others. */
  #noteBytes = 0;
  #otherBytes = 0;

  /** @param maxBytes how many bytes those that write no notes may have together, as {@link bytes} counts them */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** What the operations that are not answered count as. */
  get bytes(): number {
    return this.#noteBytes + this.#otherBytes;
  }

  /** Whether all operations are answered. */
  get isEmpty(): boolean {
    return this.#pending.length === 0;
  }

  /** Adds an operation at the end. @returns false when there is no room for it */
  put(pending: Pending): boolean {
    if (this.#pending.length >= MAX_OPERATIONS || !this.#hasRoomFor(pending)) return false;
    this.#pending.push(pending);
    this.#count(pending, bytesOf(pending));
    return true;
  }

  /**
   * Takes the operations of the next group. They stay in the queue until {@link release}; the last group was released.
   * Sums of many agencies are a group of their own: the store reads them under other locks than the rest.
   */
  nextGroup(): readonly Pending[] {
    let textBytes = 0;
    let reads = 0;
    let noteReads = 0;
    let noteChanges = 0;
    let end = 0;
    while (end < this.#pending.length && end < MAX_GROUP_OPERATIONS) {
      const { operation } = this.#pending[end]!;
      if (operation.kind === 'standings') {
        if (end === 0) end = 1;
        break;
      }
      if (operation.kind === 'batch-text') reads++;
      if (isNoteRead(operation)) noteReads++;
      if (isNoteChange(operation)) noteChanges++;
      textBytes += textBytesOf(operation);
      if (end > 0 && (textBytes > MAX_GROUP_BYTES || reads > MAX_GROUP_READS)) break;
      if (noteReads > MAX_GROUP_NOTE_READS || noteChanges > MAX_GROUP_NOTE_CHANGES) break;
      end++;
    }
    this.#taken = end;
    return this.#pending.slice(0, end);
  }

  /**
   * Removes the operations of the group that was taken: they are answered.
   *
   * @param isPostponed whether the one of this index in the group is not, and goes first in the next group
   */
  release(isPostponed: (index: number) => boolean = () => false): void {
    const taken = this.#pending.splice(0, this.#taken);
    const postponed = taken.filter((_, index) => isPostponed(index));
    for (const pending of taken) this.#count(pending, -bytesOf(pending));
    for (const pending of postponed) this.#count(pending, bytesOf(pending));
    if (postponed.length > 0) this.#pending.unshift(...postponed);
    this.#taken = 0;
  }

  /** Removes all operations. @returns them */
  clear(): readonly Pending[] {
    const cleared = this.#pending;
    this.#pending = [];
    this.#taken = 0;
    this.#noteBytes = this.#otherBytes = 0;
    return cleared;
  }

  #hasRoomFor(pending: Pending): boolean {
    const bytes = bytesOf(pending);
    return writesNotes(pending)
      ? this.#noteBytes + bytes <= Math.max(this.#maxBytes, MAX_NOTE_BYTES)
      : this.#otherBytes + bytes <= this.#maxBytes;
  }

  #count(pending: Pending, bytes: number): void {
    if (writesNotes(pending)) this.#noteBytes += bytes;
    else this.#otherBytes += bytes;
  }
}

function writesNotes({ operation }: Pending): boolean {
  return operation.kind === 'put-notes';
}

function bytesOf({ operation }: Pending): number {
  return OPERATION_BYTES + textBytesOf(operation);
}
