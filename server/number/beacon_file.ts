import { existsSync } from 'node:fs';

import type { Clock } from '../../program/clock';
import { oneLine } from '../../program/exit';
import type { Log } from '../../program/log';
import { pause } from '../../program/pause';
import { FileTooLong, readSmallFile } from '../../program/small_file';
import { MAX_BEACON_CHARACTERS } from '../../transparency/draw/beacon_text';
import type { BeaconWay, OfferRound } from './drand_number';

/** How often the file is looked for. */
const LOOK_MS = 1_000;

/** A file in which somebody puts the round, as relays give it. */
export class BeaconFile implements BeaconWay {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #log: Log;
  /** What was told last. */
  #told = '';

  constructor(path: string, clock: Clock, log: Log) {
    this.#path = path;
    this.#clock = clock;
    this.#log = log;
  }

  start(offer: OfferRound, stopped: AbortSignal): void {
    void this.#run(offer, stopped);
  }

  async #run(offer: OfferRound, stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted) {
      const reason = await this.#look(offer);
      if (reason === '') return;
      if (reason !== undefined) this.#tell(reason);
      await pause(this.#clock, LOOK_MS, stopped);
    }
  }

  /** @returns why it is not taken; `undefined` while there is none; empty when it is taken */
  async #look(offer: OfferRound): Promise<string | undefined> {
    try {
      if (!existsSync(this.#path)) return undefined;
      const { bytes } = readSmallFile(this.#path, MAX_BEACON_CHARACTERS);
      return (await offer(bytes.toString())) ?? '';
    } catch (error) {
      return error instanceof FileTooLong ? 'it is too long' : oneLine(error);
    }
  }

  /** A file that may be half written is told of once. */
  #tell(reason: string): void {
    if (reason === this.#told) return;
    this.#told = reason;
    this.#log.warning('receive_number', 'fail', { file: this.#path, reason });
  }
}
