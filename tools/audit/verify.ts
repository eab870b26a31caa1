import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';

import type { Database } from 'better-sqlite3';

import { oneLine } from '../../program/exit';
import type { LotteryTerms } from '../../server/ledger/ledger';
import { AuditReader } from '../../server/ledger/sqlite/audit_reader';
import { DrawRunner } from '../../server/ledger/sqlite/draw_runner';
import { SmallTables } from '../../server/ledger/sqlite/small_tables';
import { Difference, Replay, ReplayCounts, StoredBatch, StoredLottery } from './replay';

/** Differences that are told; the others are counted. */
const MAX_TOLD_DIFFERENCES = 100;
/** So many segments are replayed before the program looks whether it is to stop. */
const SEGMENTS_IN_A_TURN = 64;

/** What a verification has come to. */
export interface Verification {
  readonly counts: ReplayCounts;
  /** How many agencies the lottery has. */
  readonly agencies: number;
  /** How the draw stands, in words. */
  readonly draw: string;
  /** The first differences, one line each, and how many there are. */
  readonly differences: readonly string[];
  readonly differenceCount: number;
}

/** What the stored bets say of the winners, or why they cannot be read. */
type Scan = { readonly winners: ReadonlyMap<number, string> } | { readonly reason: string };

/**
 * Replays the audit log of a ledger against what the ledger holds, as both stand at one moment: a server may go on
 * writing. The bets themselves are read beside it, by the code of the draw; once a draw is stored, no bet is added.
 *
 * @param stop ends it
 * @returns undefined when it was stopped
 * @throws OperationError when there is no ledger, or what is damaged leaves nothing to compare
 */
export async function verifyLog(folder: string, stop: AbortSignal): Promise<Verification | undefined> {
  const reader = new AuditReader(folder);
  try {
    // All that is read from here on is what stands in the ledger now.
    reader.database.exec('BEGIN');
    return await new Verifier(folder, reader).run(stop);
  } finally {
    reader.close();
  }
}

class Verifier {
  readonly #folder: string;
  readonly #reader: AuditReader;
  readonly #terms: LotteryTerms;
  readonly #stored: StoredLottery;
  readonly #replay: Replay;
  readonly #differences: string[] = [];
  #differenceCount = 0;

  constructor(folder: string, reader: AuditReader) {
    this.#folder = folder;
    this.#reader = reader;
    const small = new SmallTables(reader.database);
    const { isSaleClosed, ...terms } = small.readLottery();
    this.#terms = terms;
    this.#stored = {
      agencies: terms.agencies,
      isSaleClosed,
      finished: finishedOf(reader.database, small),
      draw: small.readDraw(),
    };
    this.#replay = new Replay(this.#stored, (difference) => this.#add(difference));
  }

  async run(stop: AbortSignal): Promise<Verification | undefined> {
    const runner = new DrawRunner({ folder: this.#folder, winnerNumber: this.#terms.winnerNumber });
    const scanning = scan(runner);
    try {
      await this.#replaySegments(stop);
      if (stop.aborted) return undefined;
      const scanned = await Promise.race([scanning, once(stop, 'abort').then(() => undefined)]);
      if (scanned === undefined) return undefined;
      return this.#end(scanned);
    } finally {
      await runner.stop();
    }
  }

  async #replaySegments(stop: AbortSignal): Promise<void> {
    const batches = new BatchesBySegment(this.#reader.database);
    try {
      for (const { sequence, lines } of this.#reader.read()) {
        this.#replay.segment({ sequence, lines, batches: batches.take(sequence) });
        if (sequence % SEGMENTS_IN_A_TURN === 0) await nextTurn();
        if (stop.aborted) return;
      }
      for (const { agency, batchId } of batches.take(Infinity)) {
        this.#add({ line: undefined, reason: `batch ${batchId} of agency ${agency} is in no segment` });
      }
    } finally {
      batches.close();
    }
  }

  #end(scanned: Scan): Verification {
    const isRead = 'winners' in scanned;
    if (!isRead) this.#add({ line: undefined, reason: scanned.reason });
    const counts = this.#replay.end(isRead ? scanned.winners : undefined);
    return {
      counts,
      agencies: this.#stored.agencies,
      draw: drawText(this.#stored),
      differences: this.#differences,
      differenceCount: this.#differenceCount,
    };
  }

  #add({ line, reason }: Difference): void {
    this.#differenceCount++;
    if (this.#differenceCount > MAX_TOLD_DIFFERENCES) return;
    this.#differences.push(`${line === undefined ? 'ledger' : `line ${line}`}: ${reason}`);
  }
}

/** The batches of the ledger, segment by segment. */
class BatchesBySegment {
  readonly #rows: IterableIterator<StoredBatch & { readonly segment: number }>;
  #next: (StoredBatch & { readonly segment: number }) | undefined;

  constructor(database: Database) {
    this.#rows = database
      .prepare<[], StoredBatch & { readonly segment: number }>(
        'SELECT agency, batch_id AS batchId, bets, segment FROM batches ORDER BY segment, byte_offset',
      )
      .iterate();
    this.#step();
  }

  /** Those of the segments up to one that were not taken before. */
  take(segment: number): StoredBatch[] {
    const taken: StoredBatch[] = [];
    while (this.#next !== undefined && this.#next.segment <= segment) {
      taken.push(this.#next);
      this.#step();
    }
    return taken;
  }

  /** An iterator that is left in the middle keeps the database from being closed. */
  close(): void {
    this.#rows.return?.();
  }

  #step(): void {
    const step = this.#rows.next();
    this.#next = step.done === true ? undefined : step.value;
  }
}

async function scan(runner: DrawRunner): Promise<Scan> {
  try {
    const { winners } = await runner.run();
    return { winners };
  } catch (error) {
    return { reason: oneLine(error) };
  }
}

/** The agencies that have finished, and behind which segment. @throws OperationError when that is damaged */
function finishedOf(database: Database, small: SmallTables): Map<number, number> {
  // This looks at the checksums of all rows.
  small.readFinished();
  const rows = database
    .prepare<[], [number, number]>('SELECT agency, after_segment FROM finished_agencies')
    .raw()
    .all();
  return new Map(rows);
}

function drawText({ isSaleClosed, draw }: StoredLottery): string {
  if (draw === undefined) return isSaleClosed ? 'the draw is being held' : 'not drawn';
  if (draw.isCalledOff) return 'the draw was called off';
  return `drawn among ${draw.bets} bets`;
}
