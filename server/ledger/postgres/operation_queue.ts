import { LedgerUnavailable } from '../ledger';
import { Operation, OperationAnswer } from './operations';

/** An operation that was not answered yet. */
export interface Pending {
  readonly operation: Operation;
  readonly settle: (answer: OperationAnswer) => void;
  readonly reject: (error: LedgerUnavailable) => void;
}

/** What an operation counts as beside its text. */
const OPERATION_BYTES = 1024;
/** Operations that are not answered at most. */
const MAX_OPERATIONS = 16_384;
/** How much text one group takes at most, so that nobody waits long for the others' batches. */
const MAX_GROUP_BYTES = 1024 * 1024;
const MAX_GROUP_OPERATIONS = 4_096;
/** So many operations of a group may find something large: what is held in memory until it is committed. */
const MAX_GROUP_READS = 4;

/** Operations in the order in which they were put, until they are answered. */
export class OperationQueue {
  readonly #maxBytes: number;
  /** Those that were not taken yet, behind #taken others. */
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

  get isEmpty(): boolean {
    return this.#pending.length === 0;
  }

  /** @returns false when there is no room for it */
  put(pending: Pending): boolean {
    const bytes = bytesOf(pending);
    if (this.#pending.length >= MAX_OPERATIONS || this.#bytes + bytes > this.#maxBytes) return false;
    this.#pending.push(pending);
    this.#bytes += bytes;
    return true;
  }

  /** Takes the operations of the next group: they stay here until they are released. Those before were released. */
  nextGroup(): readonly Pending[] {
    let textBytes = 0;
    let reads = 0;
    let end = 0;
    while (end < this.#pending.length && end < MAX_GROUP_OPERATIONS) {
      const { kind, text } = this.#pending[end]!.operation;
      if (kind === 'batch-text' || kind === 'standings') reads++;
      textBytes += text?.length ?? 0;
      if (end > 0 && (textBytes > MAX_GROUP_BYTES || reads > MAX_GROUP_READS)) break;
      end++;
    }
    this.#taken = end;
    return this.#pending.slice(0, end);
  }

  /** Forgets the operations of the group that was taken: they are answered. */
  release(): void {
    for (const pending of this.#pending.splice(0, this.#taken)) this.#bytes -= bytesOf(pending);
    this.#taken = 0;
  }

  /** Forgets all operations. @returns them */
  clear(): readonly Pending[] {
    const cleared = this.#pending;
    this.#pending = [];
    this.#taken = 0;
    this.#bytes = 0;
    return cleared;
  }
}

function bytesOf({ operation }: Pending): number {
  return OPERATION_BYTES + (operation.text?.length ?? 0);
}
