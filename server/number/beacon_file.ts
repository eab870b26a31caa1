import { existsSync, readFileSync, statSync } from 'node:fs';

import type { Clock } from '../../program/clock';
import { oneLine } from '../../program/exit';
import type { Log } from '../../program/log';
import { MAX_BEACON_CHARACTERS } from '../../transparency/draw/beacon_text';
import type { BeaconWay } from './drand_number';

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

  start(offer: (text: string) => string | undefined, stopped: AbortSignal): void {
    let cancel = (): void => undefined;
    const look = (): void => {
      if (stopped.aborted) return;
      const reason = this.#look(offer);
      if (reason === '') return;
      if (reason !== undefined) this.#tell(reason);
      cancel = this.#clock.after(LOOK_MS, look);
    };
    stopped.addEventListener('abort', () => cancel(), { once: true });
    look();
  }

  /** @returns why it is not taken; `undefined` while there is none; empty when it is taken */
  #look(offer: (text: string) => string | undefined): string | undefined {
    try {
      if (!existsSync(this.#path)) return undefined;
      if (statSync(this.#path).size > MAX_BEACON_CHARACTERS) return 'it is too long';
      return offer(readFileSync(this.#path, 'utf8')) ?? '';
    } catch (error) {
      return oneLine(error);
    }
  }

  /** A file that may be half written is told of once. */
  #tell(reason: string): void {
    if (reason === this.#told) return;
    this.#told = reason;
    this.#log.warning('receive_number', 'fail', { file: this.#path, reason });
  }
}
