/** An everyday load: so many bets a second, and how long their ACKs and receipts take. */
import { setTimeout as pause } from 'node:timers/promises';

import { encodeBet } from '../../protocol/bet';
import { BATCH_ID_DIGITS, REQUEST_HEADER_BYTES } from '../../protocol/limits';
import { OperationError } from '../../program/exit';
import { AGENCIES, Contestant, inFolder } from '../contestants';
import { Conversation } from '../conversation';
import { betsText } from '../load/bets_text';
import { Latencies } from '../load/latencies';
import { MessageRing } from '../load/message_ring';
import { cpuMsOfTree } from '../process_usage';
import { askUntilGiven } from './receipt_asker';

/** How the load is paced. */
export interface EverydayPlan {
  readonly betsPerSecond: number;
  readonly betCount: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
  readonly folder: string;
}

/** One contestant under the load. */
export interface EverydayRun {
  readonly contestant: string;
  /** Acknowledged; what the plan asks for, where the server keeps up. */
  readonly betsPerSecond: number;
  readonly ackP50Ms: number;
  readonly ackP99Ms: number;
  /** Processor seconds of the server for a million bets. */
  readonly serverCpuSeconds: number;
  /** From an ACK to its receipt, of every 64th batch; 0 where none is asked for. */
  readonly receiptP50Ms: number;
  readonly receiptP99Ms: number;
}

/** A contestant at the everyday load: the medians of its runs. */
export interface EverydayFigures extends EverydayRun {
  /** Of what the server without receipts takes: the median of the ratios of neighbouring runs. */
  readonly shareOfOff: number;
}

/** How often batches that are due are sent. */
const TURN_MS = 5;
/** Batches of an agency that may be unanswered; further ones wait. */
const MAX_UNANSWERED = 256;
/** Of so many batches, an agency asks for the receipt of one. */
const ASKED_EVERY = 64;

/** Puts the load on a contestant over a fresh ledger. @throws OperationError when a batch is refused */
export function measureEveryday(
  plan: EverydayPlan,
  contestant: Contestant,
  asks: boolean,
): Promise<EverydayRun> {
  return inFolder(plan.folder, async (folder) => {
    const server = await contestant.start(folder);
    try {
      return { contestant: contestant.name, ...(await measureServer(plan, server, asks)) };
    } finally {
      await server.stop();
    }
  });
}

async function measureServer(
  plan: EverydayPlan,
  { port, processId }: { readonly port: number; readonly processId: number },
  asks: boolean,
): Promise<Omit<EverydayRun, 'contestant'>> {
  const tally = new EverydayTally();
  const agencies = await Promise.all(
    Array.from({ length: AGENCIES }, (_, index) =>
      PacedAgency.open({ port, agency: index + 1, plan, tally, asks }),
    ),
  );
  const endMs = performance.now() + plan.warmUpMs + plan.measureMs;
  const sending = Promise.all(agencies.map((agency) => agency.sendUntil(endMs)));
  await Promise.race([pause(plan.warmUpMs), sending]);
  const [startedMs, cpuMs] = [performance.now(), cpuMsOfTree(processId)];
  tally.isCounting = true;
  await sending;
  const [elapsedMs, usedMs] = [performance.now() - startedMs, cpuMsOfTree(processId) - cpuMs];
  for (const agency of agencies) agency.close();
  const bets = tally.batches * plan.betCount;
  return {
    betsPerSecond: (bets / elapsedMs) * 1_000,
    ackP50Ms: tally.acks.quantileMs(0.5),
    ackP99Ms: tally.acks.quantileMs(0.99),
    serverCpuSeconds: (usedMs * 1_000) / bets,
    receiptP50Ms: tally.receipts.quantileMs(0.5),
    receiptP99Ms: tally.receipts.quantileMs(0.99),
  };
}

class EverydayTally {
  readonly acks = new Latencies();
  readonly receipts = new Latencies();
  batches = 0;
  isCounting = false;
}

interface PacedSettings {
  readonly port: number;
  readonly agency: number;
  readonly plan: EverydayPlan;
  readonly tally: EverydayTally;
  readonly asks: boolean;
}

/** An agency that sends at a pace, and asks for a receipt now and then. */
class PacedAgency {
  readonly #settings: PacedSettings;
  readonly #selling: Conversation;
  readonly #asking: Conversation;
  readonly #ring: MessageRing;
  #sent = 0;
  #unanswered = 0;
  #isAsking = false;
  #failure: Error | undefined;

  static async open(settings: PacedSettings): Promise<PacedAgency> {
    const { port } = settings;
    return new PacedAgency(settings, await Conversation.open(port), await Conversation.open(port));
  }

  private constructor(settings: PacedSettings, selling: Conversation, asking: Conversation) {
    const { agency, plan } = settings;
    this.#settings = settings;
    this.#selling = selling;
    this.#asking = asking;
    const message = encodeBet(1, betsText(agency, plan.betCount).split(';'));
    this.#ring = new MessageRing(message, 2 * MAX_UNANSWERED, REQUEST_HEADER_BYTES - BATCH_ID_DIGITS);
  }

  /** Sends what is due, until the time is over and all that was sent is answered. */
  async sendUntil(endMs: number): Promise<void> {
    const { betsPerSecond, betCount } = this.#settings.plan;
    const everyMs = (betCount * AGENCIES * 1_000) / betsPerSecond;
    for (let dueMs = performance.now(); performance.now() < endMs || this.#unanswered > 0;) {
      if (this.#failure !== undefined) throw this.#failure;
      for (
        ;
        dueMs <= Math.min(performance.now(), endMs) && this.#unanswered < MAX_UNANSWERED;
        dueMs += everyMs
      ) {
        void this.#sell().catch((error: unknown) => {
          this.#failure = error instanceof Error ? error : new Error(String(error));
        });
      }
      await pause(TURN_MS);
    }
  }

  close(): void {
    this.#selling.close();
    this.#asking.close();
  }

  async #sell(): Promise<void> {
    const { tally, asks } = this.#settings;
    const batchId = ++this.#sent;
    const [message] = this.#ring.messages(batchId, 1);
    this.#unanswered++;
    const startedMs = performance.now();
    const reply = await this.#selling.ask(message!);
    this.#unanswered--;
    if (reply.type !== 'ACK') throw new OperationError(`a batch was answered ${reply.type}`);
    const answeredMs = performance.now();
    if (tally.isCounting) {
      tally.batches++;
      tally.acks.add(answeredMs - startedMs);
    }
    if (asks && batchId % ASKED_EVERY === 0 && !this.#isAsking) await this.#ask(batchId, answeredMs);
  }

  async #ask(batchId: number, answeredMs: number): Promise<void> {
    const { agency, tally } = this.#settings;
    this.#isAsking = true;
    const isCounted = tally.isCounting;
    await askUntilGiven(this.#asking, agency, batchId, () => this.#failure !== undefined);
    if (isCounted) tally.receipts.add(performance.now() - answeredMs);
    this.#isAsking = false;
  }
}
