import { BoundedSum } from './bounded_sum';
import { Incoming } from './incoming';

/** Why a connection is read no further for now. */
export type Obstacle =
  /** A message whose answer is waited for, too many messages without a reply, or too many bytes of replies that the peer has not taken. */
  | 'replies'
  /** It has had its share of this turn of the event loop. */
  | 'turn'
  /** The storage does not keep up, or others wait for it to. */
  | 'room';

/** What a connection is doing. */
export type Phase<Message> =
  /** Reads what comes. */
  | { readonly name: 'reading'; readonly incoming: Incoming<Message> }
  /** Reads nothing until the obstacle is gone. */
  | {
      readonly name: 'paused';
      readonly incoming: Incoming<Message>;
      readonly until: Obstacle;
      /** The peer sends nothing more; what has come is still to be read. */
      readonly peerHasEnded: boolean;
    }
  /** Reads no further message and discards what comes; still answers what was read, and sends what it owes. */
  | { readonly name: 'halted'; readonly discarded: BoundedSum }
  /** Sends nothing more except for what the wire was not given yet. */
  | { readonly name: 'ending'; readonly discarded: BoundedSum }
  /** Has closed its side, and discards what comes until the peer closes too. */
  | { readonly name: 'lingering'; readonly discarded: BoundedSum }
  /** Is gone. */
  | { readonly name: 'closed' };

export type PhaseName = Phase<unknown>['name'];

/** Which phases may follow each. */
const NEXT_PHASES: Readonly<Record<PhaseName, readonly PhaseName[]>> = {
  reading: ['paused', 'halted', 'closed'],
  paused: ['reading', 'paused', 'halted', 'closed'],
  halted: ['ending', 'closed'],
  ending: ['lingering', 'closed'],
  lingering: ['closed'],
  closed: [],
};

/** @throws Error when no connection may go from one phase to the other: a mistake in the code */
export function checkTransition(from: PhaseName, to: PhaseName): void {
  if (!NEXT_PHASES[from].includes(to)) throw new Error(`a connection that is ${from} cannot become ${to}`);
}

/** How long a peer may do nothing, and what happens then. */
export interface SilenceRule {
  readonly limit: 'idle' | 'linger';
  readonly then: 'end' | 'drop';
}

const REPLIES_NOT_TAKEN: SilenceRule = { limit: 'idle', then: 'drop' };
/** For a peer that has taken all replies and waits for none. */
const ALL_TAKEN: Readonly<Record<PhaseName, SilenceRule | undefined>> = {
  reading: { limit: 'idle', then: 'end' },
  paused: undefined,
  halted: undefined,
  ending: undefined,
  lingering: { limit: 'linger', then: 'drop' },
  closed: undefined,
};

/**
 * What holds for a peer that does nothing (PROTOCOL.md, R25).
 *
 * @param unsentBytes bytes of replies that it has not taken
 * @param isServersTurn whether the peer waits for an answer
 * @returns `undefined` where it is not its turn
 */
export function silenceRule(
  phase: PhaseName,
  unsentBytes: number,
  isServersTurn: boolean,
): SilenceRule | undefined {
  if (unsentBytes > 0) return REPLIES_NOT_TAKEN;
  return isServersTurn ? undefined : ALL_TAKEN[phase];
}
