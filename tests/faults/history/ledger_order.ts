/** The order that a ledger itself tells. */
import { readLedgerFile } from '../../support/ledger_file';

/** A batch in the ledger. */
export interface OrderedBatch {
  readonly agency: number;
  readonly batchId: number;
  readonly text: string;
  readonly segment: number;
}

/** All batches in their order, and behind which segment each agency has finished. */
export interface LedgerOrder {
  readonly batches: readonly OrderedBatch[];
  readonly finishedAfter: ReadonlyMap<number, number>;
}

/** Reads the ledger of a server that is gone. */
export function readLedgerOrder(folder: string): LedgerOrder {
  return readLedgerFile(folder, (database) => {
    const batches = database
      .prepare<[], OrderedBatch>(
        `SELECT agency, batch_id AS batchId, segment, CAST(substr(text, byte_offset + 1, byte_length) AS TEXT) AS text
         FROM batches JOIN segments ON sequence = segment ORDER BY segment, byte_offset`,
      )
      .all();
    const finished = database
      .prepare<[], [number, number]>('SELECT agency, after_segment FROM finished_agencies')
      .raw()
      .all();
    return { batches, finishedAfter: new Map(finished) };
  });
}
