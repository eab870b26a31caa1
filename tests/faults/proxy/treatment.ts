/** How a relay treats the connections that it passes on: plans of faults, each made from a seed. */
import { Random } from '../../../tools/random';

/** Which way bytes go. */
export type Direction = 'to-server' | 'to-agency';

/** What the relay does next with bytes that wait. */
export type Step =
  /** Passes so many bytes on, after a pause. */
  | { readonly kind: 'pass'; readonly bytes: number; readonly afterMs: number }
  /** Closes both sides with a reset; what waits is lost. */
  | { readonly kind: 'reset' }
  /** Closes this direction in the ordinary way; what waits and what still comes is lost. */
  | { readonly kind: 'half-close' };

/** How one connection is treated. */
export interface Treatment {
  /** The connection is closed with a reset, and the server never hears of it. */
  readonly isRefused: boolean;
  /** What is done with the next of `waitingBytes` bytes, which are 1 at least. */
  next(direction: Direction, waitingBytes: number): Step;
}

/** Passes everything on at once. */
export const CALM: Treatment = {
  isRefused: false,
  next: (_direction, bytes) => ({ kind: 'pass', bytes, afterMs: 0 }),
};

/** A bound on each kind of fault, so that a plan comes to an end. */
export interface FaultLimits {
  /** Of a hundred connections, how many are refused. */
  readonly refusedPercent: number;
  /** Of a hundred connections, how many are reset, or half-closed, in mid-message. */
  readonly brokenPercent: number;
  /** Of a hundred connections, how many stall once. */
  readonly stalledPercent: number;
  readonly longestStallMs: number;
  /** The longest pause in front of a piece. */
  readonly longestPauseMs: number;
  /** From this connection on there is no fault any more, only splitting and pauses. */
  readonly connectionsWithFaults: number;
}

/** Treats each connection differently, as the seed has it. */
export function seededTreatment(seed: number, connection: number, limits: FaultLimits): Treatment {
  const random = new Random(seed, RELAY_PURPOSE, connection);
  const hasFaults = connection < limits.connectionsWithFaults;
  const isRefused = random.below(100) < limits.refusedPercent && hasFaults;
  const isBroken = random.below(100) < limits.brokenPercent && hasFaults;
  const isStalled = random.below(100) < limits.stalledPercent && hasFaults;
  const direction = random.pick<Direction>(['to-server', 'to-agency']);
  const fault: PlannedFault = {
    direction,
    // Batches are long, and replies short; a fault in the first bytes meets the ASK or its HAS.
    afterBytes: random.below(random.pick([64, direction === 'to-server' ? 8_000 : 400])),
    breaks: isBroken ? random.pick<Breakage>(['reset', 'reset', 'half-close']) : undefined,
    stallMs: isStalled ? 1 + random.below(limits.longestStallMs) : 0,
  };
  // Connections that are slow in different ways overtake each other.
  const pauseMs = random.below(limits.longestPauseMs + 1);
  const pieceBytes = random.pick([1, 3, 23, 200, 1_460, 65_536, 65_536]);
  return new PlannedTreatment(isRefused, fault, random, { pauseMs, pieceBytes });
}

const RELAY_PURPOSE = 101;
/** So small pieces would take for ever: only so many of them are made. */
const MAX_SMALL_PIECES = 200;

type Breakage = 'reset' | 'half-close';

/** One fault of a connection, in one direction, behind so many bytes. */
interface PlannedFault {
  readonly direction: Direction;
  readonly afterBytes: number;
  readonly breaks: Breakage | undefined;
  readonly stallMs: number;
}

class PlannedTreatment implements Treatment {
  readonly isRefused: boolean;
  readonly #fault: PlannedFault;
  readonly #random: Random;
  readonly #slowness: { readonly pauseMs: number; readonly pieceBytes: number };
  #passedBytes = 0;
  #pieces = 0;
  #hasStalled = false;

  constructor(
    isRefused: boolean,
    fault: PlannedFault,
    random: Random,
    slowness: PlannedTreatment['slowness'],
  ) {
    this.isRefused = isRefused;
    this.#fault = fault;
    this.#random = random;
    this.#slowness = slowness;
  }

  get slowness(): { readonly pauseMs: number; readonly pieceBytes: number } {
    return this.#slowness;
  }

  next(direction: Direction, waitingBytes: number): Step {
    const { pauseMs, pieceBytes } = this.#slowness;
    const isSmall = pieceBytes < 1_000 && this.#pieces++ < MAX_SMALL_PIECES;
    const bytes = Math.min(waitingBytes, isSmall ? 1 + this.#random.below(pieceBytes * 2) : 65_536);
    const afterMs = this.#random.below(4) === 0 ? this.#random.below(pauseMs + 1) : 0;
    if (direction !== this.#fault.direction) return { kind: 'pass', bytes, afterMs };
    const untilFault = this.#fault.afterBytes - this.#passedBytes;
    if (untilFault > 0) return this.#pass(Math.min(bytes, untilFault), afterMs);
    if (this.#fault.stallMs > 0 && !this.#hasStalled) {
      this.#hasStalled = true;
      return this.#pass(1, this.#fault.stallMs);
    }
    if (this.#fault.breaks !== undefined) return { kind: this.#fault.breaks };
    return this.#pass(bytes, afterMs);
  }

  #pass(bytes: number, afterMs: number): Step {
    this.#passedBytes += bytes;
    return { kind: 'pass', bytes, afterMs };
  }
}
