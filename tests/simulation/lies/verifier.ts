import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

import { POLICY } from './world';

/** What the verifier says where all checks hold, and where all hold that can be made. */
export const VERIFIED = 'VERIFIED';
export const AS_FAR_AS_IT_GOES = 'AS FAR AS IT GOES';

/** What the verifier is to judge: a bundle, perhaps with what an agency has of its own; or whether two notes contradict. */
export type Case =
  | {
      readonly bundle: ReadonlyMap<string, Buffer>;
      readonly own?: {
        readonly agency: number;
        readonly csv: Buffer;
        readonly receipts: ReadonlyMap<string, Buffer>;
      };
    }
  | { readonly notes: readonly [Buffer, Buffer] };

interface Answer {
  readonly exitCode: number;
  readonly failed?: string;
  readonly lines: readonly string[];
}

/** The shipped verifier, in a thread. */
export class Verifier {
  readonly #thread = new Worker(join(__dirname, 'verifier_thread.mjs'), { workerData: POLICY });

  /**
   * @returns of each case {@link VERIFIED}, {@link AS_FAR_AS_IT_GOES}, or the name of the check that fails first
   * @throws Error when the verifier does not understand what it was given
   */
  async judge(cases: readonly Case[]): Promise<string[]> {
    this.#thread.postMessage(cases);
    const [answers] = (await once(this.#thread, 'message')) as [Answer[]];
    return answers.map(({ exitCode, failed, lines }) => {
      if (failed !== undefined && !lines.at(-1)!.includes('this program cannot read it')) return failed;
      if (exitCode === 0) return VERIFIED;
      if (exitCode === 3) return AS_FAR_AS_IT_GOES;
      throw new Error(`the verifier: ${lines.at(-1)!}`);
    });
  }

  async close(): Promise<void> {
    await this.#thread.terminate();
  }
}
