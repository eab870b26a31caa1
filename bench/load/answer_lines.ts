import { OperationError } from '../../program/exit';

const LINE_FEED = 0x0a;
/** How much is shown of an answer that is no consent. */
const SHOWN_BYTES = 200;

/** Counts answers of a server that says each on a line of its own. */
export class AnswerLines {
  readonly #server: string;
  readonly #consent: number;
  #isAtStart = true;

  /**
   * @param server names the server where it refuses
   * @param consent the byte with which every answer begins that is no refusal
   */
  constructor(server: string, consent: number) {
    this.#server = server;
    this.#consent = consent;
  }

  /**
   * How many lines end in the next bytes.
   *
   * @throws OperationError when one begins otherwise
   */
  count(chunk: Buffer): number {
    let count = 0;
    for (let offset = 0; offset < chunk.length;) {
      if (this.#isAtStart && chunk[offset] !== this.#consent) {
        const shown = chunk.toString('utf8', offset, offset + SHOWN_BYTES).trim();
        throw new OperationError(`${this.#server}: ${shown}`);
      }
      const end = chunk.indexOf(LINE_FEED, offset);
      this.#isAtStart = end >= 0;
      if (end < 0) return count;
      count++;
      offset = end + 1;
    }
    return count;
  }
}
