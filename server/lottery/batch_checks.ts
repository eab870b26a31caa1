import { joinChecks, NO_CHECK } from '../../protocol/payload_check';
import { ProtocolError } from '../../protocol/error_codes';
import type { BatchCheck } from '../ledger/operation';
import { Turns } from './turns';

/** So many batches are asked for at once, and so many are between two points that are remembered. */
const PAGE_BATCHES = 256;
/** How many pages are read at once: the ledger is there for bets first. */
const MAX_PAGES_AT_ONCE = 16;
/** How many may wait for that. */
const MAX_WAITING = 20_000;

/** The check value of an agency's batches 1 to `batchId` (PROTOCOL.md, R27). */
export interface CheckPoint {
  readonly batchId: number;
  /** The id of the last bet in that batch; 0 for no batch. */
  readonly lastBetId: number;
  readonly check: number;
}

/** Reads the check values of the batches after one, as the ledger has them. */
export type ReadBatchChecks = (
  agency: number,
  after: number,
  limit: number,
) => Promise<readonly BatchCheck[]>;

/** What is remembered of an agency. */
interface Remembered {
  /** After each page. */
  readonly points: CheckPoint[];
  /** The furthest. */
  last: CheckPoint;
}

const START: CheckPoint = { batchId: 0, lastBetId: 0, check: NO_CHECK };

/**
 * Computes the check values of agencies' batches. A batch that is stored never changes, so what was computed once is
 * remembered: a point for each 256 batches that are stored, and one for each agency.
 */
export class BatchChecks {
  readonly #read: ReadBatchChecks;
  readonly #byAgency = new Map<number, Remembered>();
  readonly #turns = new Turns(MAX_PAGES_AT_ONCE, MAX_WAITING);

  constructor(read: ReadBatchChecks) {
    this.#read = read;
  }

  /**
   * @param batchId up to which all batches of the agency are stored, or fewer
   * @throws ProtocolError `unavailable` when too many wait, or of the ledger
   */
  async upTo(agency: number, batchId: number): Promise<CheckPoint> {
    let point = this.#pointBelow(agency, batchId);
    while (point.batchId < batchId) {
      const limit = Math.min(batchId - point.batchId, PAGE_BATCHES - (point.batchId % PAGE_BATCHES));
      const page = await this.#readPage(agency, point.batchId, limit);
      if (page.length === 0) throw new ProtocolError('unavailable', 'its batches cannot be read now');
      point = page.reduce(after, point);
      this.#remember(agency, point);
    }
    return point;
  }

  #readPage(agency: number, batchId: number, limit: number): Promise<readonly BatchCheck[]> {
    return this.#turns.take(() => this.#read(agency, batchId, limit));
  }

  #pointBelow(agency: number, batchId: number): CheckPoint {
    const remembered = this.#byAgency.get(agency);
    if (remembered === undefined) return START;
    if (remembered.last.batchId <= batchId) return remembered.last;
    return remembered.points[Math.floor(batchId / PAGE_BATCHES) - 1] ?? START;
  }

  #remember(agency: number, point: CheckPoint): void {
    let remembered = this.#byAgency.get(agency);
    if (remembered === undefined) this.#byAgency.set(agency, (remembered = { points: [], last: START }));
    if (point.batchId > remembered.last.batchId) remembered.last = point;
    const isNext = point.batchId === (remembered.points.length + 1) * PAGE_BATCHES;
    if (isNext) remembered.points.push(point);
  }
}

function after(point: CheckPoint, { lastBetId, payloadBytes, check }: BatchCheck): CheckPoint {
  return { batchId: point.batchId + 1, lastBetId, check: joinChecks(point.check, check, payloadBytes) };
}
