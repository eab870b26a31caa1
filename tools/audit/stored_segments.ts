import type { LedgerSnapshot, PlacedBatch, Sequential, StoredBatch } from '../../server/ledger/audit_reader';
import type { StoredSegment } from './replay';

/** The batches of one segment. */
interface SegmentBatches {
  readonly sequence: number;
  readonly batches: readonly StoredBatch[];
}

/** The segments of a ledger with their batches, in order. Batches of a missing segment get one without lines. */
export async function* storedSegments(
  snapshot: Pick<LedgerSnapshot, 'segments' | 'batches'>,
): AsyncGenerator<StoredSegment> {
  const groups = bySegment(snapshot.batches());
  try {
    let group = await nextOf(groups);
    for await (const { sequence, lines } of snapshot.segments()) {
      for (; group !== undefined && group.sequence < sequence; group = await nextOf(groups)) {
        yield { ...group, lines: '' };
      }
      const own: SegmentBatches | undefined = group?.sequence === sequence ? group : undefined;
      yield { sequence, lines, batches: own?.batches ?? [] };
      if (own !== undefined) group = await nextOf(groups);
    }
    for (; group !== undefined; group = await nextOf(groups)) yield { ...group, lines: '' };
  } finally {
    // An iterator that is left unfinished would keep its file from being closed.
    await groups.return(undefined);
  }
}

async function* bySegment(placed: Sequential<PlacedBatch>): AsyncGenerator<SegmentBatches> {
  let sequence = 0;
  let batches: PlacedBatch[] = [];
  for await (const batch of placed) {
    if (batch.segment !== sequence && batches.length > 0) {
      yield { sequence, batches };
      batches = [];
    }
    sequence = batch.segment;
    batches.push(batch);
  }
  if (batches.length > 0) yield { sequence, batches };
}

async function nextOf(groups: AsyncGenerator<SegmentBatches>): Promise<SegmentBatches | undefined> {
  const step = await groups.next();
  return step.done === true ? undefined : step.value;
}
