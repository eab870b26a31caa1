import type { Clock } from '../../program/clock';
import { oneLine } from '../../program/exit';
import type { Log } from '../../program/log';
import {
  Beacon,
  BeaconChain,
  Bls,
  chainHashOf,
  isBeaconOf,
  roundSeconds,
} from '../../transparency/draw/beacon';
import { BeaconTextError, parseBeacon } from '../../transparency/draw/beacon_text';
import { numberOf } from '../../transparency/draw/number';
import type { DrawTerms } from '../ledger/draw';
import { BeaconAnswer, CALLED_OFF, GivenNumber, NumberView } from '../lottery/draw_number';
import { seedOf } from '../transparency/result_source';
import { AwaitedNumber } from './awaited_number';
import type { NumberStore } from './number_store';

/** Offers a text. @returns why it is not the round; `undefined` when it was taken @throws LedgerUnavailable */
export type OfferRound = (text: string) => Promise<string | undefined>;

/** How a round may come to the server by itself. */
export interface BeaconWay {
  /**
   * Looks for the round until it was taken.
   *
   * @param stopped aborted when nobody looks any more
   */
  start(offer: OfferRound, stopped: AbortSignal): void;
}

/** Which round, and until when the sale must be sealed for it. */
export interface AwaitedRound {
  readonly chain: BeaconChain;
  readonly round: number;
  /** In seconds since 1970. */
  readonly closeAtSeconds: number;
}

/** What a number from a beacon is made of. */
export interface DrandParts {
  readonly awaited: AwaitedRound;
  readonly store: NumberStore;
  readonly bls: Bls;
  readonly ways: readonly BeaconWay[];
  readonly clock: Clock;
  readonly log: Log;
  /** Whether the draw is called off unless the number is known already. */
  readonly callsOff: boolean;
}

/**
 * A number that follows from the seal and a round of a drand chain (number.ts). Where the round comes from does not
 * matter: its signature is checked. Once it is known what the round is, a seal that came too late could have been chosen
 * by it, so the round is not used then.
 */
export class DrandNumber implements GivenNumber {
  readonly #parts: DrandParts;
  readonly #awaited: AwaitedNumber;
  readonly #found = new AbortController();
  #isLate = false;
  #isStarted = false;

  constructor(parts: DrandParts) {
    this.#parts = parts;
    const { chain, round } = parts.awaited;
    const dueAtMs = roundSeconds(chain, round) * 1_000;
    const due = new Date(dueAtMs).toISOString().replace('.000Z', 'Z');
    const from = `drand ${chain.name}, round ${round}, due at ${due}`;
    this.#awaited = new AwaitedNumber({ log: parts.log, callsOff: parts.callsOff, from, dueAtMs });
  }

  get view(): NumberView {
    return this.#awaited.view;
  }

  async number(_terms: DrawTerms, stopped: AbortSignal): Promise<number | typeof CALLED_OFF> {
    const { store, awaited, clock, callsOff } = this.#parts;
    const sealedAt = await store.sealedAtSeconds();
    this.#isLate = sealedAt > awaited.closeAtSeconds;
    this.#awaited.ask();
    if (!(await this.#settleKept())) {
      if (callsOff) this.#awaited.settle(CALLED_OFF);
      else if (this.#isLate) {
        const lateSeconds = sealedAt - awaited.closeAtSeconds;
        this.#awaited.block(`the sale was sealed ${lateSeconds} s too late for round ${awaited.round}`);
      } else this.#start(stopped);
      if (store.isShared) this.#awaited.watch(() => this.#settleKept(), clock, stopped);
    }
    return this.#awaited.known;
  }

  enter(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async offerBeacon(text: string): Promise<BeaconAnswer> {
    const { store, callsOff } = this.#parts;
    if (!this.#awaited.isAsked || callsOff) return { outcome: 'not-sealed' };
    if (this.#isLate) return { outcome: 'too-late' };
    try {
      const beacon = parseBeacon(text);
      const reason = this.#reasonAgainst(beacon);
      if (reason !== undefined) return { outcome: 'wrong-beacon', reason };
      // A signature is the only one of its round.
      if ((await store.beacon()) === undefined) {
        await store.keepBeacon(beacon);
        this.#awaited.tellGiven({ from: this.view.from });
      }
      await this.#settle(beacon);
      return { outcome: 'known' };
    } catch (error) {
      if (error instanceof BeaconTextError) return { outcome: 'wrong-beacon', reason: oneLine(error) };
      throw error;
    }
  }

  #start(stopped: AbortSignal): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#awaited.tellWaiting();
    const end = AbortSignal.any([stopped, this.#found.signal]);
    const offer = async (text: string): Promise<string | undefined> => {
      const { outcome, reason } = await this.offerBeacon(text);
      return outcome === 'known' ? undefined : (reason ?? outcome);
    };
    for (const way of this.#parts.ways) way.start(offer, end);
  }

  /** Takes the round that is kept, if there is one. @returns whether there is */
  async #settleKept(): Promise<boolean> {
    const beacon = await this.#parts.store.beacon();
    if (beacon === undefined || this.#reasonAgainst(beacon) !== undefined) return false;
    await this.#settle(beacon);
    return true;
  }

  #reasonAgainst(beacon: Beacon): string | undefined {
    const { chain, round } = this.#parts.awaited;
    if (beacon.round !== round) return `it is round ${beacon.round}, and not ${round}`;
    if (isBeaconOf(chain, beacon, this.#parts.bls)) return undefined;
    return `the signature is not that of round ${round} under the key of ${chain.name}`;
  }

  async #settle(beacon: Beacon): Promise<void> {
    const { awaited, store } = this.#parts;
    const sealedText = await store.sealedText();
    this.#found.abort();
    this.#awaited.settle(numberOf(seedOf(sealedText, chainHashOf(awaited.chain), beacon)));
  }
}
