/** What a ledger tells the builder of the lottery's log: what has changed the lottery, in the order of the audit log. */
import type { Sequential } from './audit_reader';
import type { Draw } from './draw';

/** A batch, where it was stored. */
export interface LeafBatch {
  readonly kind: 'batch';
  readonly agency: number;
  readonly batchId: number;
  /** How many bets are in it, and the id of the last one. */
  readonly bets: number;
  readonly lastBetId: number;
  /** Its bets as they came, joined with `;`. The bytes may change when the next segment is asked for. */
  readonly text: Buffer;
}

/** A change of the lottery. A FIN that came again is told again. */
export type Leaf =
  LeafBatch | { readonly kind: 'finish'; readonly agency: number } | { readonly kind: 'seal' };

/** The changes of one segment of the audit log, in the order of its lines. */
export interface LeafSegment {
  /** That of the audit log (audit_reader.ts). */
  readonly sequence: number;
  readonly leaves: readonly Leaf[];
}

/** A ledger that is followed. It changes nothing, and servers go on writing. */
export interface LeafSource {
  /**
   * The segments behind one, as far as no other will come in between; each is durable.
   *
   * @param after a sequence number; 0 for all
   * @throws OperationError when they cannot be read
   * @throws LedgerUnavailable where the storage is another program and out of reach: a later call reads on
   * @throws LedgerDamaged when they are not what was stored, or the storage has lost what was read before
   */
  read(after: number): Sequential<LeafSegment>;
  /**
   * The bets of a stored batch, as {@link LeafBatch} has them.
   *
   * @throws OperationError, LedgerUnavailable as {@link read}
   * @throws LedgerDamaged when there is no such batch
   */
  batchText(agency: number, batchId: number): Promise<Buffer>;
  /** The result of the draw, once it is stored. @throws as {@link read} */
  draw(): Promise<Draw | undefined>;
  close(): Promise<void>;
}

/** What a line of the audit log says has changed. A batch's bets are to be found by its number. */
export type LeafLine = Exclude<Leaf, LeafBatch> | Pick<LeafBatch, 'kind' | 'agency' | 'batchId'>;

/** The lines that change the lottery: a batch that is stored, a FIN, the close of the sale. */
const LEAF_LINES = /^PUT,\/(?:agencies\/(\d+)\/(?:batches\/(\d+),201|finish,200)|draw,201),/gm;

/** The changes that the lines of a segment tell of, in their order. */
export function* leafLines(lines: string): Generator<LeafLine> {
  for (const [, agency, batchId] of lines.matchAll(LEAF_LINES)) {
    if (agency === undefined) yield { kind: 'seal' };
    else if (batchId === undefined) yield { kind: 'finish', agency: Number(agency) };
    else yield { kind: 'batch', agency: Number(agency), batchId: Number(batchId) };
  }
}
