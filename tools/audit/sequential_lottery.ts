import { MAX_BATCH_ID } from '../../protocol/limits';
import { LOTTERY_OWNER } from '../../server/ledger/note';
import type { Resource } from './audit_entry';
import { SequentialNotes } from './sequential_notes';

/** The batch ids of one agency: the number up to which all are stored, and the others one by one. */
class BatchIds {
  #last = 0;
  readonly #beyond = new Set<number>();

  has(batchId: number): boolean {
    return batchId <= this.#last || this.#beyond.has(batchId);
  }

  add(batchId: number): void {
    this.#beyond.add(batchId);
    while (this.#beyond.delete(this.#last + 1)) this.#last++;
  }
}

/**
 * A lottery that carries out one operation at a time: the state that the statuses of its answers depend on. It keeps a
 * number for each agency, one for each batch that came out of order, and one for each note.
 */
export class SequentialLottery {
  /** The number of agencies; their ids are 1 to this. */
  readonly agencies: number;
  readonly notes = new SequentialNotes();
  readonly #batches = new Map<number, BatchIds>();
  readonly #finished = new Set<number>();
  #isSaleClosed = false;

  constructor(agencies: number) {
    this.agencies = agencies;
  }

  /** The agencies that have finished. */
  get finished(): ReadonlySet<number> {
    return this.#finished;
  }

  /** Whether the sale was closed for the draw. */
  get isSaleClosed(): boolean {
    return this.#isSaleClosed;
  }

  /** Whether all have finished but the sale is not closed for the draw yet: the draw is not reported then. */
  get isDrawDue(): boolean {
    return !this.#isSaleClosed && this.#finished.size >= this.agencies;
  }

  /** Whether the ids are in range. */
  hasResource(resource: Resource): boolean {
    switch (resource.kind) {
      case 'other':
      case 'refusals':
        return false;
      case 'agencies':
      case 'draw':
        return true;
      case 'batch':
        return this.#hasAgency(resource.agency) && resource.batchId >= 1 && resource.batchId <= MAX_BATCH_ID;
      case 'notes':
      case 'note':
        return resource.owner === LOTTERY_OWNER || this.#hasAgency(resource.owner);
      default:
        return this.#hasAgency(resource.agency);
    }
  }

  /** Whether a batch is stored. */
  hasBatch(agency: number, batchId: number): boolean {
    return this.#batches.get(agency)?.has(batchId) ?? false;
  }

  /** Stores a batch. */
  addBatch(agency: number, batchId: number): void {
    let ids = this.#batches.get(agency);
    if (ids === undefined) {
      ids = new BatchIds();
      this.#batches.set(agency, ids);
    }
    ids.add(batchId);
  }

  /** Ends the sale of an agency. */
  finish(agency: number): void {
    this.#finished.add(agency);
  }

  /** Ends all sales. */
  closeSale(): void {
    this.#isSaleClosed = true;
  }

  #hasAgency(agency: number): boolean {
    return agency >= 1 && agency <= this.agencies;
  }
}
