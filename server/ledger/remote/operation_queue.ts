import type { LedgerUnavailable } from '../ledger';
import { Answer, Operation, textBytesOf } from './operation';

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
/** How much text one group takes, so that nobody waits long for the batches of others. */
const MAX_GROUP_BYTES = 1024 * 1024;
const MAX_GROUP_OPERATIONS = 4_096;
/** How many texts of batches a group reads: each may be as long as a batch can be. */
const MAX_GROUP_READS = 1;

/** Operations in the order in which they were put, until they are answered. */
export class OperationQueue {
  readonly #maxBytes: number;
  /** The first #taken of them are in the group that was taken. */
  #pending: Pending[] = [];
  #taken = 0;
  #bytes = 0;

  /** @param maxBytes how many bytes they may have together, as {@link bytes} counts them */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** What the operations that are not answered count as. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether all operations are answered. */
  get isEmpty(): boolean {
    return this.#pending.length === 0;
  }

  /** Adds an operation at the end. @returns false when there is no room for it */
  put(pending: Pending): boolean {
    const bytes = bytesOf(pending);
    if (this.#pending.length >= MAX_OPERATIONS || this.#bytes + bytes > this.#maxBytes) return false;
    this.#pending.push(pending);
    this.#bytes += bytes;
    return true;
  }

  /**
   * Takes the operations of the next group. They stay in the queue until {@link release}; the last group was released.
   * Sums of many agencies are a group of their own: the store reads them under other locks than the rest.
   */
  nextGroup(): readonly Pending[] {
    let textBytes = 0;
    let reads = 0;
    let end = 0;
    while (end < this.#pending.length && end < MAX_GROUP_OPERATIONS) {
      const { operation } = this.#pending[end]!;
      if (operation.kind === 'standings') {
        if (end === 0) end = 1;
        break;
      }
      if (operation.kind === 'batch-text') reads++;
      textBytes += textBytesOf(operation);
      if (end > 0 && (textBytes > MAX_GROUP_BYTES || reads > MAX_GROUP_READS)) break;
      end++;
    }
    this.#taken = end;
    return this.#pending.slice(0, end);
  }

  /** Removes the operations of the group that was taken: they are answered. */
  release(): void {
    for (const pending of this.#pending.splice(0, this.#taken)) this.#bytes -= bytesOf(pending);
    this.#taken = 0;
  }

  /** Removes all operations. @returns them */
  clear(): readonly Pending[] {
    const cleared = this.#pending;
    this.#pending = [];
    this.#taken = 0;
    this.#bytes = 0;
    return cleared;
  }
}

function bytesOf({ operation }: Pending): number {
  return OPERATION_BYTES + textBytesOf(operation);
}
