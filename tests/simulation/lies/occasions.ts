/** Where in a sale a lie can be told. */
import type { Leaf, LeafBatch } from '../../../server/ledger/leaf_source';
import type { Scene } from './telling';

/** A batch of an agency that finishes, and where it stands among the events. */
export interface Place {
  readonly index: number;
  readonly batch: LeafBatch;
}

/** The batches of agencies that finish: those that were shown already, and those that nobody has seen yet. */
export function batchPlaces({ sale, shown }: Scene, which: 'shown' | 'unseen'): Place[] {
  const finished = new Set(sale.events.map((event) => (event.kind === 'finish' ? event.agency : 0)));
  return sale.events.flatMap((batch, index) => {
    const isThere = index < shown === (which === 'shown');
    return batch.kind === 'batch' && isThere && finished.has(batch.agency) ? { index, batch } : [];
  });
}

/** One of them, or `undefined` where there is none. */
export function anyOf<Item>({ random }: Scene, items: readonly Item[]): Item | undefined {
  return items.length === 0 ? undefined : random.pick(items);
}

/** A batch that nobody has sold, for an agency: the next one that it could send. */
export function inventedBatch({ sale }: Scene, agency: number, number = '3'): LeafBatch {
  const { batches } = sale.sellers[agency - 1]!;
  const { batchId = 0, lastBetId = 0 } = batches.at(-1) ?? {};
  const id = lastBetId + 1;
  const text = Buffer.from(`${agency},${id},Eva,Mar,4444,1970-01-01,${number}`);
  return { kind: 'batch', agency, batchId: batchId + 1, bets: 1, lastBetId: id, text };
}

/** Where an agency's FIN stands; -1 where it has none. */
export function finishOf({ sale }: Scene, agency: number): number {
  return sale.events.findIndex((event) => event.kind === 'finish' && event.agency === agency);
}

/** The events with some in the place of one. */
export function replaced(events: readonly Leaf[], index: number, ...by: readonly Leaf[]): Leaf[] {
  return events.toSpliced(index, 1, ...by);
}

/** The events with one more before an index. */
export function inserted(events: readonly Leaf[], index: number, event: Leaf): Leaf[] {
  return events.toSpliced(index, 0, event);
}
