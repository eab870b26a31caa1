import { encodeChk } from '../protocol/chk';
import type { CrcMessage } from '../protocol/crc';
import type { Log } from '../program/log';
import { ComparedBatch, OtherBetsSearch } from './other_bets';
import type { BatchSource } from './batch_source';
import type { SessionSettings } from './session_settings';

/** The questions about what is stored (PROTOCOL.md, R27) on one connection after another, and who takes the answers. */
export class StoredBetsCheck {
  /** The message that asks. */
  readonly letters = 'CHK';
  readonly #agency: number;
  readonly #source: Pick<BatchSource, 'checksUpTo'>;
  readonly #write: (bytes: Buffer) => void;
  #isKnown: boolean;
  #take: ((crc: CrcMessage) => void) | undefined;

  constructor(
    { agency, oneMessagePerConnection }: SessionSettings,
    source: BatchSource,
    write: (bytes: Buffer) => void,
  ) {
    this.#agency = agency;
    this.#source = source;
    this.#write = write;
    this.#isKnown = !oneMessagePerConnection;
  }

  /** Whether the server answers CHK, as far as is known: one of an earlier version does not. */
  get isKnown(): boolean {
    return this.#isKnown;
  }

  /** Whether an answer is awaited. */
  get isAsked(): boolean {
    return this.#take !== undefined;
  }

  /** @param upToBatchId as in a CHK @param then called with the answer */
  ask(upToBatchId: number, then: (crc: CrcMessage) => void): void {
    this.#take = (crc) => {
      this.#take = undefined;
      then(crc);
    };
    this.#write(encodeChk(this.#agency, upToBatchId));
  }

  /**
   * Looks for the first batch that differs.
   *
   * @param all the last batch that is stored: up to it the bets are not the same
   * @param found called with what is to be told
   */
  search(all: ComparedBatch, found: (error: Error) => void): void {
    const take = (crc: CrcMessage): void => search.take(crc);
    // The connection may be lost while the bets are gone through: the next one begins anew.
    const isCurrent = (): boolean => this.#take === take;
    const search = new OtherBetsSearch(all, {
      agency: this.#agency,
      source: this.#source,
      write: (bytes) => isCurrent() && this.#write(bytes),
      found: (error) => isCurrent() && found(error),
    });
    this.#take = take;
    search.ask();
  }

  /** An answer has come. @throws Error when none was awaited */
  take(crc: CrcMessage): void {
    if (this.#take === undefined) throw new Error('a CRC that was not asked for');
    this.#take(crc);
  }

  /** The server has refused a CHK: it does not know it, and is not asked again. */
  noteUnknown(log: Log): void {
    this.#isKnown = false;
    const reason = 'the server does not know CHK: what it has is told from the file by counts only';
    log.warning('connect', 'in_progress', { reason });
  }

  /** The connection is over: nothing is awaited any more. */
  abandon(): void {
    this.#take = undefined;
  }
}
