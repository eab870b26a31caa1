import { mkdirSync } from 'node:fs';

import { Books } from '../../../control/books';
import { CosignedCheckpoints } from '../../../control/cosigned';
import type { Frame } from '../../../control/frames';
import { KeptDifference } from '../../../control/kept_difference';
import { readLogKey } from '../../../control/notes';
import { OwnCopy } from '../../../control/own_copy';
import { Witness } from '../../../control/witness';
import type { WitnessedCheckpoint } from '../../../server/transparency/log_messages';
import type { ShownLog } from './shown_log';
import { CONTROL, ORIGIN, SIGNER } from './world';

/** What the control says where it cosigns. */
export const COSIGNED = 'cosigned';

/** The shipped control, without its door. */
export class AskedControl {
  readonly #copy: OwnCopy;
  readonly #cosigned: CosignedCheckpoints;
  readonly #witness: Witness;
  #shown: readonly Frame[] = [];

  /**
   * @param folder where it keeps what it has seen; it is made
   * @param nowSeconds its own clock
   */
  constructor(folder: string, nowSeconds: number) {
    mkdirSync(folder);
    const copy = new OwnCopy(folder);
    const cosigned = new CosignedCheckpoints(folder);
    this.#copy = copy;
    this.#cosigned = cosigned;
    this.#witness = new Witness({
      log: readLogKey(SIGNER.verifierKey)!,
      cosigner: CONTROL,
      books: new Books(ORIGIN, (number) => copy.winnersOn(number)),
      copy,
      cosigned,
      kept: new KeptDifference(folder),
      feed: { leaves: (from, limit) => Promise.resolve(this.#shown.slice(from, from + limit)) },
      nowSeconds: () => nowSeconds,
      tell: () => undefined,
    });
    this.#witness.readOwnCopy();
  }

  /** Asks it to cosign a checkpoint. @returns {@link COSIGNED}, or the status and the reason of its refusal */
  async ask(log: ShownLog, which: WitnessedCheckpoint): Promise<string> {
    this.#shown = await log.frames();
    const request = log.requestFor(which, this.#cosigned.latest?.size ?? 0);
    const { status, body } = await this.#witness.addCheckpoint(request);
    if (status !== 200) return `${status} ${body.trimEnd()}`;
    log.addCosignature(which, body);
    return COSIGNED;
  }

  close(): void {
    this.#copy.close();
    this.#cosigned.close();
  }
}
