import type { AuditSegment, PlacedNote, StoredBatch, StoredLottery } from '../../server/ledger/audit_reader';
import type { Draw } from '../../server/ledger/draw';
import { STATUS_OF_DELETE_NOTE, STATUS_OF_OUTCOME } from '../../server/ledger/operation_line';
import { FINISHED, problemOf, SALE_CLOSED, WRITTEN } from './answers';
import { AuditEntry, readEntry, Resource } from './audit_entry';
import { SequentialLottery } from './sequential_lottery';

/** What became durable together. */
export interface StoredSegment extends AuditSegment {
  /** The batches in it, in the order of their bets. */
  readonly batches: readonly StoredBatch[];
}

/** Where the log and the ledger differ. */
export interface Difference {
  /** The number of the line, from 1; `undefined` when it concerns no line. */
  readonly line: number | undefined;
  /** Why, in words; without names, documents and bets. */
  readonly reason: string;
}

/** How much was replayed. */
export interface ReplayCounts {
  readonly lines: number;
  /** Refusals that have no line of their own. */
  readonly countedRefusals: number;
  readonly batches: number;
  readonly bets: number;
  readonly finishedAgencies: number;
  readonly notes: number;
}

/**
 * Replays an audit log against a lottery that carries out one operation at a time, and compares it with the ledger.
 *
 * Use: `segment` for each segment in order, `note` for each note that the ledger holds, then `end`. After a difference the
 * replay goes on with what the log says, and where the log says nothing with what the ledger holds, so that one mistake is
 * reported once.
 */
export class Replay {
  readonly #stored: StoredLottery;
  readonly #report: (difference: Difference) => void;
  readonly #lottery: SequentialLottery;
  #segment = 0;
  /** Whether the line of a batch that was stored has come in the segment. */
  #hasStored = false;
  /** The batches of the segment whose line has not come yet, in their order. */
  #awaited = new Map<string, StoredBatch>();
  #lines = 0;
  #countedRefusals = 0;
  #batches = 0;
  #bets = 0;
  #notes = 0;
  /** The bets and the finished agencies above the line of the draw. */
  #drawnBets = 0;
  #finishedBeforeDraw: ReadonlySet<number> = new Set();

  /** @param report called with each difference as it is found */
  constructor(stored: StoredLottery, report: (difference: Difference) => void) {
    this.#stored = stored;
    this.#report = report;
    this.#lottery = new SequentialLottery(stored.agencies);
  }

  /** Replays the next segment. */
  segment({ sequence, lines, batches }: StoredSegment): void {
    this.#segment = sequence;
    this.#hasStored = false;
    this.#awaited = new Map(batches.map((batch) => [nameOf(batch), batch]));
    const texts = lines.split('\n');
    const torn = texts.pop();
    for (const text of texts) this.#replay(text);
    if (torn !== undefined && torn !== '') {
      this.#lines++;
      this.#tell('it has no end');
    }
    for (const batch of this.#awaited.values()) {
      this.#tellOfLedger(`${nameOf(batch)} is stored in segment ${sequence} without a line`);
      this.#count(batch);
    }
  }

  /** Compares a note that the ledger holds in the end. */
  note(note: PlacedNote): void {
    this.#notes++;
    const difference = this.#lottery.notes.compare(note);
    if (difference !== undefined) this.#tellOfLedger(difference);
  }

  /**
   * Compares the state at the end of the log with the ledger.
   *
   * @param winners those of the stored bets; `undefined` when the bets could not be read
   */
  end(winners: ReadonlyMap<number, string> | undefined): ReplayCounts {
    const { finished, isSaleClosed, draw } = this.#stored;
    for (const agency of finished.keys()) {
      if (!this.#lottery.finished.has(agency))
        this.#tellOfLedger(`agency ${agency} has finished without a line`);
    }
    if (isSaleClosed && !this.#lottery.isSaleClosed) {
      this.#tellOfLedger('the sale is closed for the draw without a line');
    }
    if (draw !== undefined) this.#compareDraw(draw, winners);
    for (const uri of this.#lottery.notes.rest) this.#tellOfLedger(`${uri} is not stored`);
    return {
      lines: this.#lines,
      countedRefusals: this.#countedRefusals,
      batches: this.#batches,
      bets: this.#bets,
      finishedAgencies: this.#lottery.finished.size,
      notes: this.#notes,
    };
  }

  #replay(text: string): void {
    this.#lines++;
    const entry = readEntry(text);
    if (entry === undefined) return this.#tell('it has not the form of a line');
    const problem = problemOf(entry, this.#lottery, this.#stored.draw);
    if (problem !== undefined)
      return this.#tell(`${entry.operation} ${entry.uri} ${entry.status}: ${problem}`);
    if (entry.resource.kind === 'refusals') this.#countedRefusals += entry.resource.count;
    if (entry.resource.kind === 'note') this.#carryOutOnNote(entry, entry.resource);
    else if (entry.operation === 'PUT') this.#carryOut(entry);
  }

  #carryOutOnNote({ operation, status }: AuditEntry, note: Extract<Resource, { kind: 'note' }>): void {
    if (operation === 'PUT' && WRITTEN.has(status)) {
      this.#lottery.notes.put(note.owner, note.name, this.#segment);
    }
    if (operation === 'DELETE' && status === STATUS_OF_DELETE_NOTE.deleted) {
      this.#lottery.notes.delete(note.owner, note.name);
    }
  }

  #carryOut({ resource, status }: AuditEntry): void {
    if (resource.kind === 'batch' && status === STATUS_OF_OUTCOME.stored) {
      this.#storeBatch(resource.agency, resource.batchId);
    }
    if (resource.kind === 'finish' && status === FINISHED) this.#finish(resource.agency);
    if (resource.kind === 'draw' && status === SALE_CLOSED) this.#closeSale();
  }

  #storeBatch(agency: number, batchId: number): void {
    const name = nameOf({ agency, batchId });
    const [first] = this.#awaited.keys();
    const batch = this.#awaited.get(name);
    this.#awaited.delete(name);
    if (batch === undefined) this.#tell(`${name} is not stored in segment ${this.#segment}`);
    else if (first !== name) this.#tell(`${name} is stored in another order: ${first} comes before it`);
    this.#hasStored = true;
    this.#count(batch ?? { agency, batchId, bets: 0 });
  }

  #count({ agency, batchId, bets }: StoredBatch): void {
    this.#lottery.addBatch(agency, batchId);
    this.#batches++;
    this.#bets += bets;
  }

  #finish(agency: number): void {
    if (this.#lottery.finished.has(agency)) return;
    this.#lottery.finish(agency);
    const { finished, finishPlace } = this.#stored;
    const segment = finished.get(agency);
    if (segment === undefined) return this.#tell(`agency ${agency} has not finished in the ledger`);
    const expected = finishPlace === 'in' || this.#hasStored ? this.#segment : this.#segment - 1;
    if (segment !== expected)
      this.#tell(`agency ${agency} has finished ${finishPlace} segment ${segment}, not ${expected}`);
  }

  #closeSale(): void {
    this.#lottery.closeSale();
    this.#drawnBets = this.#bets;
    this.#finishedBeforeDraw = new Set(this.#lottery.finished);
    if (!this.#stored.isSaleClosed) this.#tell('the sale is open in the ledger');
  }

  #compareDraw(draw: Draw, winners: ReadonlyMap<number, string> | undefined): void {
    if (!this.#stored.isSaleClosed) this.#tellOfLedger('there is a draw, and the sale is open');
    const bets = draw.isCalledOff ? 0 : this.#drawnBets;
    if (draw.bets !== bets)
      this.#tellOfLedger(
        `${draw.bets === 1 ? '1 bet was' : `${draw.bets} bets were`} in the draw, not ${bets}`,
      );
    this.#compareMissing(draw);
    if (draw.isCalledOff) this.#compareWinners(draw, new Map());
    else if (winners !== undefined) this.#compareWinners(draw, winners);
  }

  /** An agency that finishes while the draw is being held may be missing in it, or not. */
  #compareMissing({ missingAgencies }: Draw): void {
    const missing = new Set(missingAgencies);
    for (let agency = 1; agency <= this.#stored.agencies; agency++) {
      if (missing.has(agency) && this.#finishedBeforeDraw.has(agency)) {
        this.#tellOfLedger(`agency ${agency} was missing in the draw, and had finished`);
      }
      if (!missing.has(agency) && !this.#lottery.finished.has(agency)) {
        this.#tellOfLedger(`agency ${agency} was not missing in the draw, and has not finished`);
      }
    }
  }

  #compareWinners({ winners: stored }: Draw, winners: ReadonlyMap<number, string>): void {
    for (const agency of new Set([...stored.keys(), ...winners.keys()])) {
      if (stored.get(agency) === winners.get(agency)) continue;
      this.#tellOfLedger(`the winners of agency ${agency} are not those that its bets say`);
    }
  }

  #tell(reason: string): void {
    this.#report({ line: this.#lines, reason });
  }

  #tellOfLedger(reason: string): void {
    this.#report({ line: undefined, reason });
  }
}

function nameOf({ agency, batchId }: Omit<StoredBatch, 'bets'>): string {
  return `batch ${batchId} of agency ${agency}`;
}
