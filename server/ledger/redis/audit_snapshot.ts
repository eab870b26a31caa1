import { OperationError } from '../../../program/exit';
import type {
  AuditSegment,
  LedgerSnapshot,
  PlacedBatch,
  PlacedNote,
  StoredLottery,
  WinnersFound,
} from '../audit_reader';
import { explanationOf } from './connect_errors';
import { Connection, mapOf, Reply } from './connection';
import { readHeads, readOrder, scanForWinners, StoredBatches } from './draw_scan';
import { readScript } from './scripts';
import { drawFrom, finishedFrom, numberOrNone, sumsFrom } from './state';

/** What is read at the moment of the snapshot (scripts/snapshot.lua). */
interface TakenSnapshot {
  readonly stored: StoredLottery;
  /** None where it is not known before the sale is sealed. */
  readonly winnerNumber: number | undefined;
  readonly batches: StoredBatches;
  readonly notes: readonly PlacedNote[];
  /** The number of the last commit group. */
  readonly sequence: number;
}

/**
 * A ledger as it stood at one moment. What is only ever added to, the log and the batches, is read later as far as it went
 * then; all the rest, in that moment.
 */
export class RedisSnapshot implements LedgerSnapshot {
  readonly stored: StoredLottery;
  readonly segments: () => AsyncIterable<AuditSegment>;
  readonly #connection: Connection;
  readonly #taken: TakenSnapshot;

  /**
   * Takes the snapshot.
   *
   * @param segments reads all segments up to a number, over the same connection
   * @throws OperationError when the ledger cannot be read
   */
  static async take(
    connection: Connection,
    segments: (last: number) => AsyncIterable<AuditSegment>,
  ): Promise<RedisSnapshot> {
    try {
      const reply = await connection.call(['EVAL_RO', readScript('snapshot.lua'), '0']);
      const taken = snapshotFrom(reply as readonly Reply[]);
      return new RedisSnapshot(connection, taken, () => segments(taken.sequence));
    } catch (error) {
      throw explanationOf(error);
    }
  }

  private constructor(
    connection: Connection,
    taken: TakenSnapshot,
    segments: () => AsyncIterable<AuditSegment>,
  ) {
    this.stored = taken.stored;
    this.segments = segments;
    this.#connection = connection;
    this.#taken = taken;
  }

  /** A batch of the list that is not there is left out: the replay misses it. */
  async *batches(): AsyncGenerator<PlacedBatch> {
    try {
      for await (const page of readOrder(this.#connection, this.#taken.batches.count)) {
        yield* await this.#placed(page);
      }
    } catch (error) {
      throw explanationOf(error);
    }
  }

  notes(): readonly PlacedNote[] {
    return this.#taken.notes;
  }

  async findWinners(): Promise<WinnersFound> {
    const { winnerNumber, batches } = this.#taken;
    if (winnerNumber === undefined) return { winners: new Map() };
    try {
      const { winners } = await scanForWinners(this.#connection, winnerNumber, batches);
      return { winners };
    } catch (error) {
      if (error instanceof OperationError) return { reason: error.message };
      throw explanationOf(error);
    }
  }

  async #placed(page: readonly (readonly [agency: number, batchId: number])[]): Promise<PlacedBatch[]> {
    const byAgency = new Map<number, number[]>();
    for (const [agency, batchId] of page) {
      const batchIds = byAgency.get(agency);
      if (batchIds === undefined) byAgency.set(agency, [batchId]);
      else batchIds.push(batchId);
    }
    const found = new Map<string, PlacedBatch>();
    for (const [agency, batchIds] of byAgency) {
      const heads = await readHeads(this.#connection, agency, batchIds);
      for (const [index, head] of heads.entries()) {
        if (head === undefined) continue;
        const batchId = batchIds[index]!;
        const { bets, place } = head;
        found.set(`${agency},${batchId}`, { agency, batchId, bets, segment: place.sequence });
      }
    }
    return page.flatMap(([agency, batchId]) => found.get(`${agency},${batchId}`) ?? []);
  }
}

function snapshotFrom(reply: readonly Reply[]): TakenSnapshot {
  const [lottery, count, finished, sums, draw, winners, ...owners] = reply as readonly [
    Reply,
    number,
    Reply,
    Reply,
    Reply,
    Reply,
    ...Reply[],
  ];
  const fields = mapOf(lottery);
  const drawn = drawFrom(draw, winners);
  return {
    stored: {
      agencies: Number(fields.get('agencies')),
      isSaleClosed: fields.has('missing_agencies'),
      finished: new Map(finishedFrom(finished).map(({ agency, sequence }) => [agency, sequence])),
      finishPlace: 'in',
      draw: drawn,
    },
    winnerNumber: drawn?.winnerNumber ?? numberOrNone(fields.get('winner_number') || undefined),
    batches: { count, sums: sumsFrom(sums) },
    notes: notesFrom(owners),
    sequence: Number(fields.get('sequence')),
  };
}

function notesFrom(owners: readonly Reply[]): readonly PlacedNote[] {
  const notes: PlacedNote[] = [];
  for (let index = 0; index + 1 < owners.length; index += 2) {
    const owner = Number(String(owners[index]));
    for (const [name, sequence] of mapOf(owners[index + 1]!)) {
      notes.push({ owner, name, segment: Number(sequence) });
    }
  }
  return notes;
}
