/** An agency that does everything right, and counts what it was promised. */
import { setTimeout as pause } from 'node:timers/promises';

import { ReplyDecoder } from '../../../protocol/reply_decoder';
import { Peer } from './peers';
import { agencyLine, batch, bets } from '../../support/wire';

const BETS_IN_A_BATCH = 100;
const WINDOW = 8;

/**
 * Sends batch after batch over one connection, several at once on their way, and notes each ACK.
 *
 * Any answer but the next ACK, and a connection that is closed, is an error of the test.
 */
export class GoodAgency {
  readonly #peer: Peer;
  readonly #agency: number;
  readonly #pauseMs: number;
  readonly #decoder = new ReplyDecoder();
  #sentBatches = 0;
  #acknowledgedBatches = 0;
  #sentAtMs = performance.now();
  #sendsUntilMs = 0;
  #winners: readonly string[] | undefined;
  #waiting: (() => void)[] = [];
  #failure: Error | undefined;

  /** @param pauseMs how long it rests between batches; without it, it is as fast as the server */
  static async open(port: number, agency: number, pauseMs = 0): Promise<GoodAgency> {
    return new GoodAgency(await Peer.open(port, { reads: false }), agency, pauseMs);
  }

  private constructor(peer: Peer, agency: number, pauseMs: number) {
    this.#peer = peer;
    this.#agency = agency;
    this.#pauseMs = pauseMs;
    peer.socket.on('data', (bytes: Buffer) => this.#receive(bytes));
    void peer.closed.then(() => {
      const silentMs = Math.round(performance.now() - this.#sentAtMs);
      this.#fail(`its connection was closed ${silentMs} ms after it had sent something`);
    });
  }

  get acknowledgedBets(): number {
    return this.#acknowledgedBatches * BETS_IN_A_BATCH;
  }

  /** The bets that were acknowledged, in their order. */
  get acknowledged(): string[] {
    return bets(this.#agency, 1, this.acknowledgedBets);
  }

  /** The text of each batch that was acknowledged, one character for each byte, by `agency,batch_id`. */
  get acknowledgedBatches(): Map<string, string> {
    const batchIds = Array.from({ length: this.#acknowledgedBatches }, (_, index) => index + 1);
    return new Map(batchIds.map((batchId) => [`${this.#agency},${batchId}`, this.#textOf(batchId)]));
  }

  /**
   * Sends until the time is over, then waits until everything is acknowledged.
   *
   * @returns how many bets were acknowledged in a second
   */
  async sendFor(durationMs: number): Promise<number> {
    const startedMs = performance.now();
    const before = this.acknowledgedBets;
    this.#sendsUntilMs = startedMs + durationMs;
    while (performance.now() < this.#sendsUntilMs) {
      this.#sendNext();
      if (this.#pauseMs > 0) await pause(this.#pauseMs);
      await this.#until(() => this.#sentBatches - this.#acknowledgedBatches < WINDOW);
    }
    await this.#until(() => this.#sentBatches === this.#acknowledgedBatches);
    return ((this.acknowledgedBets - before) / (performance.now() - startedMs)) * 1_000;
  }

  /** Sends for as long as the work takes; at least one batch is acknowledged meanwhile. */
  async sendWhile<Result>(work: () => Promise<Result>): Promise<Result> {
    const before = this.acknowledgedBets;
    const sending = this.sendFor(Number.MAX_SAFE_INTEGER);
    try {
      const result = await Promise.race([
        work(),
        sending.then(() => Promise.reject(new Error('it stopped'))),
      ]);
      await this.#until(() => this.acknowledgedBets > before);
      return result;
    } finally {
      this.#sendsUntilMs = 0;
      await sending;
    }
  }

  /** Sends FIN; the documents of the winners once the draw has run. */
  async finish(): Promise<readonly string[]> {
    await this.#peer.write(agencyLine('FIN', this.#agency));
    await this.#until(() => this.#winners !== undefined);
    return this.#winners ?? [];
  }

  close(): void {
    this.#failure ??= new Error('closed');
    this.#peer.socket.destroy();
  }

  #sendNext(): void {
    this.#sentAtMs = performance.now();
    const firstBetId = this.#sentBatches * BETS_IN_A_BATCH + 1;
    this.#peer.socket.write(batch(++this.#sentBatches, bets(this.#agency, firstBetId, BETS_IN_A_BATCH)));
  }

  #receive(bytes: Buffer): void {
    this.#decoder.push(bytes);
    for (let reply = this.#decoder.next(); reply !== undefined; reply = this.#decoder.next()) {
      if (reply.type === 'WIN') this.#winners = reply.documents;
      else if (reply.type === 'ACK' && reply.batchId === this.#acknowledgedBatches + 1)
        this.#acknowledgedBatches++;
      else this.#fail(`it was answered ${JSON.stringify(reply)}`);
    }
    this.#wake();
  }

  #textOf(batchId: number): string {
    const list = bets(this.#agency, (batchId - 1) * BETS_IN_A_BATCH + 1, BETS_IN_A_BATCH);
    return Buffer.from(list.join(';')).toString('latin1');
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.#failure !== undefined) throw this.#failure;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  #fail(reason: string): void {
    this.#failure ??= new Error(`agency ${this.#agency}: ${reason}`);
    this.#wake();
  }
}
