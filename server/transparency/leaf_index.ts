/** Where in the log the leaf of a batch or of a FIN is. */

const FIRST_CAPACITY = 64;
/** Of each batch, its leaf and that of the batch before it; none is the leaf of the terms. */
const NUMBERS = 2;

/** Where a leaf is. */
export interface LeafPlace {
  readonly index: number;
  /** The leaf of the batch that the agency has stored before; 0 for none. */
  readonly previous: number;
}

/** The leaves of one agency. */
class AgencyLeaves {
  finish: LeafPlace | undefined;
  /** By batch id, as long as ids come in order: 8 bytes for each. */
  #dense = new Uint32Array(FIRST_CAPACITY * NUMBERS);
  #denseCount = 0;
  readonly #others = new Map<number, LeafPlace>();
  #last = 0;

  get last(): number {
    return this.#last;
  }

  add(batchId: number, index: number): void {
    if (batchId === this.#denseCount + 1) this.#addDense(index);
    else this.#others.set(batchId, { index, previous: this.#last });
    this.#last = index;
  }

  find(batchId: number): LeafPlace | undefined {
    if (batchId < 1 || batchId > this.#denseCount) return this.#others.get(batchId);
    const at = (batchId - 1) * NUMBERS;
    return { index: this.#dense[at]!, previous: this.#dense[at + 1]! };
  }

  #addDense(index: number): void {
    const at = this.#denseCount * NUMBERS;
    if (at === this.#dense.length) {
      const grown = new Uint32Array(at * 2);
      grown.set(this.#dense);
      this.#dense = grown;
    }
    this.#dense[at] = index;
    this.#dense[at + 1] = this.#last;
    this.#denseCount++;
  }
}

/** The leaves of all batches and FINs. */
export class LeafIndex {
  readonly #agencies = new Map<number, AgencyLeaves>();

  addBatch(agency: number, batchId: number, index: number): void {
    this.#of(agency).add(batchId, index);
  }

  addFinish(agency: number, index: number): void {
    const leaves = this.#of(agency);
    leaves.finish = { index, previous: leaves.last };
  }

  /** @param batchId 0 for the agency's FIN */
  find(agency: number, batchId: number): LeafPlace | undefined {
    const leaves = this.#agencies.get(agency);
    return batchId === 0 ? leaves?.finish : leaves?.find(batchId);
  }

  #of(agency: number): AgencyLeaves {
    let leaves = this.#agencies.get(agency);
    if (leaves === undefined) this.#agencies.set(agency, (leaves = new AgencyLeaves()));
    return leaves;
  }
}
