/** An agency that sells until it is told to finish, whatever becomes of the server meanwhile. */
import { setTimeout as pause } from 'node:timers/promises';

import { Random } from '../../../tools/random';
import { RawClient } from '../../support/raw_client';
import { agencyLine, batch } from '../../support/wire';

/** What an agency is played with. */
export interface AgencyPlan {
  readonly agency: number;
  readonly port: number;
  readonly seed: number;
  readonly winnerNumber: number;
  /** No further connection is made. */
  readonly stop: AbortSignal;
}

const BETS_PURPOSE = 302;
const RETRY_MS = 10;
/** How many batches are on their way at once. */
const WINDOW = 8;
const MOST_BETS = 3;
/** Of a thousand bets, so many win. */
const WINNERS_OF_THOUSAND = 5;

/** Batches of one to three bets; the same again for the same batch, however often it is sent. */
export class SellingAgency {
  readonly #plan: AgencyPlan;
  readonly #random: Random;
  readonly #batches: string[][] = [];
  #bets = 0;
  #isToFinish = false;
  /** How many batches the server has acknowledged. */
  acknowledged = 0;

  constructor(plan: AgencyPlan) {
    this.#plan = plan;
    this.#random = new Random(plan.seed, BETS_PURPOSE, plan.agency);
  }

  /** Everything that was sold, as rows of an agency's file. */
  get rows(): string {
    const rows = this.#batches.slice(0, this.acknowledged).flat();
    return rows.map((bet) => `${bet.split(',').slice(2).join(',')}\n`).join('');
  }

  /** The documents of its winners. */
  get winners(): string {
    const rows = this.#batches.slice(0, this.acknowledged).flat();
    const fields = rows.map((bet) => bet.split(','));
    const winning = fields.filter(([, , , , , , number]) => number === String(this.#plan.winnerNumber));
    return winning.map(([, , , , document]) => document).join(',');
  }

  /** No further batch is sent; when all are acknowledged, the agency finishes. */
  finish(): void {
    this.#isToFinish = true;
  }

  /**
   * Sells, finishes and waits for the draw.
   *
   * @returns the documents that it was told
   * @throws Error when the server answers what it must not answer, or has lost what it acknowledged
   */
  async run(): Promise<string> {
    for (;;) {
      this.#plan.stop.throwIfAborted();
      const client = await RawClient.open(this.#plan.port).catch(() => undefined);
      const winners = client === undefined ? undefined : await this.#talk(client);
      client?.close();
      if (winners !== undefined) return winners;
      await pause(RETRY_MS, undefined, { signal: this.#plan.stop });
    }
  }

  /** @returns `undefined` when the connection ends before the WIN */
  async #talk(client: RawClient): Promise<string | undefined> {
    client.write(agencyLine('ASK', this.#plan.agency));
    const standing = await client.readReply();
    if (!isWhole(standing)) return undefined;
    const stored = Number(standing.slice(12).split(',')[0]);
    if (stored < this.acknowledged || stored > this.#batches.length) {
      throw new Error(
        `agency ${this.#plan.agency}: ${this.acknowledged} batches acknowledged, ${stored} stored`,
      );
    }
    this.acknowledged = stored;
    if (!(await this.#sell(client))) return undefined;
    client.write(agencyLine('FIN', this.#plan.agency));
    const win = await client.readReply();
    if (!isWhole(win)) return undefined;
    if (!win.startsWith('WIN,')) throw new Error(`a FIN was answered ${JSON.stringify(win)}`);
    return win.slice(12);
  }

  /** @returns whether all is acknowledged */
  async #sell(client: RawClient): Promise<boolean> {
    for (let sent = this.acknowledged; ;) {
      while (sent < this.acknowledged + WINDOW && (!this.#isToFinish || sent < this.#batches.length)) {
        client.write(batch(++sent, this.#batchOf(sent)));
      }
      if (this.acknowledged === sent) return true;
      const reply = await client.readReply();
      if (reply.startsWith('ACK,') && isWhole(reply)) this.#confirm(reply);
      else if (reply.startsWith('ERR,') && !reply.includes('unavailable'))
        throw new Error(`a batch was answered ${JSON.stringify(reply)}`);
      else return false;
    }
  }

  #confirm(reply: string): void {
    const expected = `,${this.#plan.agency},${this.acknowledged + 1}`;
    if (!reply.trimEnd().endsWith(expected)) throw new Error(`a batch was answered ${JSON.stringify(reply)}`);
    this.acknowledged++;
  }

  #batchOf(batchId: number): readonly string[] {
    while (this.#batches.length < batchId) {
      const count = 1 + this.#random.below(MOST_BETS);
      this.#batches.push(Array.from({ length: count }, () => this.#nextBet()));
    }
    return this.#batches[batchId - 1]!;
  }

  #nextBet(): string {
    const { agency, winnerNumber } = this.#plan;
    const wins = this.#random.chance(WINNERS_OF_THOUSAND);
    const number = wins ? winnerNumber : this.#random.below(10_000);
    const betId = ++this.#bets;
    return `${agency},${betId},Ana María,Pérez,${10_000_000 + betId},1990-02-28,${number}`;
  }
}

/** Whether a reply came to its end. */
function isWhole(reply: string): boolean {
  return reply.length >= 12 && Buffer.byteLength(reply) >= 12 + Number(reply.slice(4, 12));
}
