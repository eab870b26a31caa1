/** Where the winning number comes from, where it is not known before the sale is sealed. */
import type { DrawTerms } from '../ledger/draw';

/** What the draw waits for, as {@link NumberSource} is named among its gates. */
export const NUMBER_GATE = 'number';

/** In the place of a number: the draw is called off. */
export const CALLED_OFF = 'called-off';

/** Gives the winning number. */
export interface NumberSource {
  /** How it is awaited. */
  readonly view: NumberView;
  /**
   * Resolves with the number when it is known and durable, or with {@link CALLED_OFF}. It may be asked again, and answers
   * the same.
   *
   * @param terms those with which the sale was closed; the gates of the draw are open
   * @param stopped aborted when nobody waits any more: then it need not resolve
   * @throws LedgerUnavailable when it cannot be told now: it is asked again later
   */
  number(terms: DrawTerms, stopped: AbortSignal): Promise<number | typeof CALLED_OFF>;
}

/** Who may give the number, or a beacon: each once. */
export type Overseer = 'operator' | 'auditor';

/** What has come of an entry: taken, and whether the number is known now; or why it was not taken. */
export type EntryOutcome = 'awaits-other' | 'known' | 'not-sealed' | 'entered-before' | 'differs';

/** What has come of a beacon: taken; or why it was not taken. */
export type BeaconOutcome = 'known' | 'not-sealed' | 'too-late' | 'wrong-beacon';

/** What has come of a beacon, and why it was not taken. */
export interface BeaconAnswer {
  readonly outcome: BeaconOutcome;
  readonly reason?: string;
}

/** How the number is awaited, for those who watch. */
export interface NumberView {
  /** Where it comes from, in words, such as `drand quicknet, round 1000, due at 2026-12-22T10:00:00Z`. */
  readonly from: string;
  /** Why the draw cannot be held any more, and is to be called off. */
  readonly blocked: string | undefined;
  /** When the beacon's round is due, in milliseconds since 1970; left out where it comes from no beacon. */
  readonly dueAtMs?: number | undefined;
}

/** A number that is given from outside: by two people, or by a public beacon. */
export interface GivenNumber extends NumberSource {
  /**
   * Takes what one of two people has entered. The first entry of each is final.
   *
   * @returns `undefined` where the number is not entered here
   * @throws LedgerUnavailable when it could not be kept
   */
  enter(by: Overseer, number: number): Promise<EntryOutcome | undefined>;
  /**
   * Takes a round of the beacon, as relays give it: JSON.
   *
   * @returns `undefined` where the number does not come from a beacon; the reason beside `wrong-beacon`
   * @throws LedgerUnavailable when it could not be kept
   */
  offerBeacon(text: string): Promise<BeaconAnswer | undefined>;
}
