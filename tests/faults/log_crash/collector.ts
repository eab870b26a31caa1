/** Somebody who asks for receipts and checkpoints all the time, and keeps each that is given. */
import { setTimeout as pause } from 'node:timers/promises';

import { Random } from '../../../tools/random';
import { RawClient } from '../../support/raw_client';
import { batchLine } from '../../support/wire';

/** What can be asked for. */
export interface CollectorPlan {
  readonly port: number;
  readonly httpPort: number;
  readonly random: Random;
  /** How many batches of each agency are acknowledged, by its number less one. */
  readonly acknowledged: () => readonly number[];
  readonly stop: AbortSignal;
}

/** A receipt as it was given. */
export interface GivenReceipt {
  readonly agency: number;
  /** 0 for the FIN. */
  readonly batchId: number;
  readonly text: string;
}

const REST_MS = 3;
/** Of a thousand questions, so many are for a FIN. */
const FINISHES_OF_THOUSAND = 100;
/** Of a thousand questions, so many are for the batch that was acknowledged last. */
const LATEST_OF_THOUSAND = 500;
const CHECKPOINTS_OF_THOUSAND = 100;

/** Collects until it is stopped. */
export class Collector {
  readonly #plan: CollectorPlan;
  readonly receipts: GivenReceipt[] = [];
  /** Checkpoints that came over HTTP. */
  readonly checkpoints: string[] = [];

  constructor(plan: CollectorPlan) {
    this.#plan = plan;
  }

  /** @throws Error when the server answers what it must not answer */
  async run(): Promise<void> {
    const { stop, port } = this.#plan;
    while (!stop.aborted) {
      const client = await RawClient.open(port).catch(() => undefined);
      if (client !== undefined) await this.#ask(client);
      client?.close();
      await pause(REST_MS);
    }
  }

  /** The receipts of all FINs, each asked for until it is given. */
  async askForFinishes(): Promise<void> {
    const client = await RawClient.open(this.#plan.port);
    for (let agency = 1; agency <= this.#plan.acknowledged().length; agency++) {
      while ((await this.#askFor(client, agency, 0)) !== true) await pause(REST_MS);
    }
    client.close();
  }

  /** Asks until the connection ends. */
  async #ask(client: RawClient): Promise<void> {
    const { random, stop } = this.#plan;
    while (!stop.aborted) {
      const acknowledged = this.#plan.acknowledged();
      const agency = 1 + random.below(acknowledged.length);
      const batches = acknowledged[agency - 1] ?? 0;
      const batchId = random.chance(LATEST_OF_THOUSAND) ? batches : 1 + random.below(Math.max(1, batches));
      const isFinish = random.chance(FINISHES_OF_THOUSAND);
      if ((await this.#askFor(client, agency, isFinish ? 0 : batchId)) === undefined) return;
      if (random.chance(CHECKPOINTS_OF_THOUSAND)) await this.#askForCheckpoint();
      await pause(REST_MS);
    }
  }

  /** @returns whether it was given; `undefined` when the connection has ended */
  async #askFor(client: RawClient, agency: number, batchId: number): Promise<boolean | undefined> {
    client.write(batchLine('RCP', agency, batchId));
    const reply = await client.readReply();
    const bytes = Number(reply.slice(4, 12));
    if (reply.length < 12 || Buffer.byteLength(reply) < 12 + bytes) return undefined;
    if (!reply.startsWith('RCP,'))
      throw new Error(`a request for a receipt was answered ${JSON.stringify(reply)}`);
    if (bytes > 0) this.receipts.push({ agency, batchId, text: reply.slice(12) });
    return bytes > 0;
  }

  async #askForCheckpoint(): Promise<void> {
    const answer = await fetch(`http://127.0.0.1:${this.#plan.httpPort}/checkpoint`).catch(() => undefined);
    const text = answer?.status === 200 ? await answer.text().catch(() => '') : '';
    // What was torn off by a kill was never received whole.
    if (text.length > 0 && Number(answer?.headers.get('content-length')) === Buffer.byteLength(text)) {
      this.checkpoints.push(text);
    }
  }
}
