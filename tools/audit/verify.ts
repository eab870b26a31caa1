import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { counted } from '../../program/counted';
import type {
  AuditReader,
  LedgerSnapshot,
  StoredLottery,
  WinnersFound,
} from '../../server/ledger/audit_reader';
import { Difference, Replay, ReplayCounts } from './replay';
import { storedSegments } from './stored_segments';

/** The most differences that are listed; the others are counted. */
const MAX_TOLD_DIFFERENCES = 100;
/** How many segments are replayed between two checks whether the program is to stop. */
const SEGMENTS_IN_A_TURN = 64;

/** The result of a verification. */
export interface Verification {
  readonly counts: ReplayCounts;
  /** How many agencies the lottery has. */
  readonly agencies: number;
  /** The state of the draw, in words. */
  readonly draw: string;
  /** The first differences, one line each, and how many there are. */
  readonly differences: readonly string[];
  readonly differenceCount: number;
}

/**
 * Replays the audit log of a ledger and compares it with what the ledger holds, both in one snapshot: servers may go on
 * writing.
 *
 * @param stop aborted to end it
 * @returns undefined when it was stopped
 * @throws OperationError when the ledger cannot be read, or is too damaged to be compared
 */
export async function verifyLog(
  reader: Pick<AuditReader, 'snapshot'>,
  stop: AbortSignal,
): Promise<Verification | undefined> {
  return new Verifier(await reader.snapshot()).run(stop);
}

class Verifier {
  readonly #snapshot: LedgerSnapshot;
  readonly #stored: StoredLottery;
  readonly #replay: Replay;
  readonly #differences: string[] = [];
  #differenceCount = 0;

  constructor(snapshot: LedgerSnapshot) {
    this.#snapshot = snapshot;
    this.#stored = snapshot.stored;
    this.#replay = new Replay(this.#stored, (difference) => this.#add(difference));
  }

  async run(stop: AbortSignal): Promise<Verification | undefined> {
    await this.#replaySegments(stop);
    for await (const note of this.#snapshot.notes()) this.#replay.note(note);
    if (stop.aborted) return undefined;
    const stopped = once(stop, 'abort').then(() => undefined);
    const found = await Promise.race([this.#snapshot.findWinners(), stopped]);
    return found && this.#end(found);
  }

  async #replaySegments(stop: AbortSignal): Promise<void> {
    let segments = 0;
    for await (const segment of storedSegments(this.#snapshot)) {
      this.#replay.segment(segment);
      if (++segments % SEGMENTS_IN_A_TURN === 0) await nextTurn();
      if (stop.aborted) return;
    }
  }

  #end(found: WinnersFound): Verification {
    const isFound = 'winners' in found;
    if (!isFound) this.#add({ line: undefined, reason: found.reason });
    const counts = this.#replay.end(isFound ? found.winners : undefined);
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

function drawText({ isSaleClosed, draw }: StoredLottery): string {
  if (draw === undefined) return isSaleClosed ? 'the draw is being held' : 'not drawn';
  if (draw.isCalledOff) return 'the draw was called off';
  return `drawn among ${counted(draw.bets, 'bet')}`;
}
