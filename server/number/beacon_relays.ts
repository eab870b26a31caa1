import type { Clock } from '../../program/clock';
import { oneLine } from '../../program/exit';
import type { Log } from '../../program/log';
import { pause } from '../../program/pause';
import { within } from '../../program/within';
import { MAX_BEACON_CHARACTERS } from '../../transparency/draw/beacon_text';
import type { BeaconWay, OfferRound } from './drand_number';

/** How long one relay may take. */
const ANSWER_TIMEOUT_MS = 10_000;
/** How long to wait before all are asked again, at first and in the end. */
const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 60_000;

/** Which round, and when it is due, in milliseconds since 1970. */
export interface RelayedRound {
  readonly chainHash: string;
  readonly round: number;
  readonly dueAtMs: number;
}

/** Relays of drand that are asked one after the other once the round is due. None of them is believed. */
export class BeaconRelays implements BeaconWay {
  readonly #urls: readonly string[];
  readonly #round: RelayedRound;
  readonly #clock: Clock;
  readonly #wallTimeMs: () => number;
  readonly #log: Log;

  /** @param urls of the relays, without a `/` at their end */
  constructor(
    urls: readonly string[],
    round: RelayedRound,
    clock: Clock,
    wallTimeMs: () => number,
    log: Log,
  ) {
    this.#urls = urls;
    this.#round = round;
    this.#clock = clock;
    this.#wallTimeMs = wallTimeMs;
    this.#log = log;
  }

  start(offer: OfferRound, stopped: AbortSignal): void {
    void this.#run(offer, stopped);
  }

  async #run(offer: OfferRound, stopped: AbortSignal): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS;
    while (!stopped.aborted) {
      const leftMs = this.#round.dueAtMs - this.#wallTimeMs();
      if (leftMs > 0) {
        await pause(this.#clock, Math.min(leftMs, MAX_PAUSE_MS), stopped);
        continue;
      }
      for (const url of this.#urls) {
        const reason = await this.#ask(url, offer, stopped);
        if (reason === undefined || isOver(stopped)) return;
        this.#log.warning('receive_number', 'fail', { relay: url, reason });
      }
      await pause(this.#clock, pauseMs, stopped);
      pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS);
    }
  }

  /** @returns why the round was not to be had; `undefined` when it was taken */
  async #ask(url: string, offer: OfferRound, stopped: AbortSignal): Promise<string | undefined> {
    const { chainHash, round } = this.#round;
    try {
      return await within(this.#clock, ANSWER_TIMEOUT_MS, stopped, async (signal) => {
        const response = await fetch(`${url}/${chainHash}/public/${round}`, { signal });
        const text = await boundedText(response);
        return response.ok ? await offer(text) : `status ${response.status}`;
      });
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      return oneLine(cause);
    }
  }
}

/** Asked anew: it changes while something is waited for. */
function isOver(signal: AbortSignal): boolean {
  return signal.aborted;
}

async function boundedText({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    // Leaving the loop ends the answer.
    if (bytes > MAX_BEACON_CHARACTERS) throw new Error('the answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
