import { encodeChk } from '../protocol/chk';
import type { CrcMessage } from '../protocol/crc';
import { OperationError } from '../program/exit';
import type { BatchSource } from './batch_source';

/** So many questions are asked at once; the bets are gone through once for all of them. */
const QUESTIONS_AT_ONCE = 64;

/** The bets of an agency that are stored are not those of its own rows. */
export class OtherBetsStored extends OperationError {
  /** @param where what is known of the first batch that differs */
  constructor(agency: number, where: string) {
    super(
      `other bets are being sold under the id of agency ${agency}, or this is not the file that was sold before: ` +
        `${where}; nothing more was sent, and no FIN`,
    );
  }
}

/** A batch up to which bets were compared. */
export interface ComparedBatch {
  readonly batchId: number;
  readonly lastBetId: number;
}

/** What the search needs around it. */
export interface SearchContext {
  readonly agency: number;
  readonly source: Pick<BatchSource, 'checksUpTo'>;
  readonly write: (bytes: Buffer) => unknown;
  /** Called once, when the first batch that differs is known. */
  readonly found: (error: Error) => unknown;
}

/** Finds the first stored batch whose bets are not those of the agency's own rows, with few questions. */
export class OtherBetsSearch {
  readonly #context: SearchContext;
  /** Up to here the bets are the same; up to there they are not. */
  #same: ComparedBatch = { batchId: 0, lastBetId: 0 };
  #differing: ComparedBatch;
  #asked = 0;
  #answers: CrcMessage[] = [];

  /** @param all the last batch that is stored: up to it the bets are not the same */
  constructor(all: ComparedBatch, context: SearchContext) {
    this.#differing = all;
    this.#context = context;
  }

  /** Asks for the check values of batches between those that are known, or says which is the first that differs. */
  ask(): void {
    const { agency, found, write } = this.#context;
    const first = this.#same.batchId;
    const between = this.#differing.batchId - first - 1;
    if (between <= 0) {
      const { batchId, lastBetId } = this.#differing;
      const rows = `the bets ${this.#same.lastBetId + 1} to ${lastBetId}`;
      found(new OtherBetsStored(agency, `batch ${batchId} (${rows}) is the first that differs`));
      return;
    }
    this.#asked = Math.min(between, QUESTIONS_AT_ONCE);
    this.#answers = [];
    for (let question = 1; question <= this.#asked; question++) {
      write(encodeChk(agency, first + Math.ceil((question * between) / (this.#asked + 1))));
    }
  }

  /** Takes an answer; with the last one, the bets are compared, and the search goes on. */
  take(crc: CrcMessage): void {
    this.#answers.push(crc);
    if (this.#answers.length < this.#asked) return;
    this.#compare().then(
      () => this.ask(),
      (error: unknown) => this.#context.found(error instanceof Error ? error : new Error(String(error))),
    );
  }

  async #compare(): Promise<void> {
    const checks = await this.#context.source.checksUpTo(this.#answers.map(({ lastBetId }) => lastBetId));
    const index = this.#answers.findIndex(({ check }, place) => check !== checks[place]);
    const same = index === -1 ? this.#answers.at(-1) : this.#answers[index - 1];
    this.#same = same ?? this.#same;
    this.#differing = this.#answers[index] ?? this.#differing;
  }
}
