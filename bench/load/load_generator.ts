/**
 * The load: a process that only writes prepared bytes and reads answers, so that what is measured is the server.
 *
 * It is told its plan over the channel to its parent (load.ts), and ends when it has answered.
 */
import { connect, Socket } from 'node:net';

import { FromLoad, LoadPlan } from './load';
import { Latencies } from './latencies';
import { PreparedBatches } from './prepared_batches';

const LINE_FEED = 0x0a;
const A = 0x41;

/** What is counted, for all connections together. */
class Tally {
  latencies = new Latencies();
  batches = 0;
  bytes = 0;
  acknowledged = 0;
  isCounting = false;
}

/** One agency: a window of batches, each answered one lets the next go. */
class Agency {
  readonly #plan: LoadPlan;
  readonly #tally: Tally;
  readonly #batches: PreparedBatches;
  readonly #places: number;
  readonly #sentAtMs: Float64Array;
  readonly #socket: Socket;
  readonly #onIdle: () => void;
  #nextBatchId: number;
  #acknowledgedBatchId: number;
  #isAtReplyStart = true;
  #isOver = false;

  constructor(agency: number, plan: LoadPlan, tally: Tally, onIdle: () => void) {
    this.#plan = plan;
    this.#tally = tally;
    // A message is written to again only when the one in its place was acknowledged: it has left by then.
    this.#places = plan.window * 2;
    this.#batches = new PreparedBatches(agency, plan.betCount, this.#places);
    this.#sentAtMs = new Float64Array(this.#places);
    this.#nextBatchId = plan.firstBatchId ?? 1;
    this.#acknowledgedBatchId = this.#nextBatchId - 1;
    this.#onIdle = onIdle;
    this.#socket = connect({ port: plan.port, host: '127.0.0.1', noDelay: true });
    this.#socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    this.#socket.on('error', (error) => fail(error.message));
    this.#socket.on('close', () => {
      if (!this.#isIdle) fail('the server has closed a connection');
    });
  }

  connected(): Promise<void> {
    return new Promise((resolve) => this.#socket.once('connect', resolve));
  }

  start(): void {
    this.#send(this.#plan.window);
  }

  /** Sends no further batch. */
  stop(): void {
    this.#isOver = true;
    if (this.#isIdle) this.#onIdle();
  }

  close(): void {
    this.#socket.destroy();
  }

  get #isIdle(): boolean {
    return this.#isOver && this.#acknowledgedBatchId === this.#nextBatchId - 1;
  }

  #send(count: number): void {
    const nowMs = performance.now();
    for (let index = 0; index < count; index++) {
      this.#sentAtMs[(this.#nextBatchId + index) % this.#places] = nowMs;
    }
    const slices = this.#batches.messages(this.#nextBatchId, count);
    this.#nextBatchId += count;
    for (const slice of slices) this.#socket.write(slice);
  }

  #receive(chunk: Buffer): void {
    const answered = this.#countReplies(chunk);
    const { latencies } = this.#tally;
    const nowMs = performance.now();
    this.#tally.acknowledged += answered;
    if (this.#tally.isCounting) {
      this.#tally.batches += answered;
      this.#tally.bytes += answered * this.#batches.messageBytes;
      for (let index = 0; index < answered; index++) {
        const batchId = this.#acknowledgedBatchId + 1 + index;
        latencies.add(nowMs - this.#sentAtMs[batchId % this.#places]!);
      }
    }
    this.#acknowledgedBatchId += answered;
    if (!this.#isOver) this.#send(answered);
    else if (this.#isIdle) this.#onIdle();
  }

  /** Every reply is a line; one that is no ACK ends the measurement. */
  #countReplies(chunk: Buffer): number {
    let count = 0;
    for (let offset = 0; offset < chunk.length;) {
      if (this.#isAtReplyStart && chunk[offset] !== A) fail(chunk.toString('latin1', offset, offset + 100));
      const end = chunk.indexOf(LINE_FEED, offset);
      this.#isAtReplyStart = end >= 0;
      if (end < 0) return count;
      count++;
      offset = end + 1;
    }
    return count;
  }
}

function fail(reason: string): never {
  process.stderr.write(`the load: ${reason}\n`);
  process.exit(1);
}

function say(message: FromLoad): void {
  process.send?.(message);
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

async function run(plan: LoadPlan): Promise<void> {
  const tally = new Tally();
  let open = plan.connections;
  let announceIdle = (): void => undefined;
  const idle = new Promise<void>((resolve) => (announceIdle = resolve));
  const agencies = Array.from(
    { length: plan.connections },
    (_, index) =>
      new Agency(index + 1, plan, tally, () => {
        if (--open === 0) announceIdle();
      }),
  );
  await Promise.all(agencies.map((agency) => agency.connected()));
  for (const agency of agencies) agency.start();
  await lasting(plan.warmUpMs, tally, plan.maxBatches);
  const startedAtMs = performance.now();
  const startedCpuMs = cpuMs();
  tally.isCounting = true;
  say({ kind: 'begun' });
  await lasting(plan.measureMs, tally, plan.maxBatches);
  tally.isCounting = false;
  const elapsedMs = performance.now() - startedAtMs;
  const usedCpuMs = cpuMs() - startedCpuMs;
  say({ kind: 'ended' });
  for (const agency of agencies) agency.stop();
  await idle;
  for (const agency of agencies) agency.close();
  const { batches, bytes, latencies, acknowledged } = tally;
  say({
    kind: 'done',
    result: {
      batches,
      bytes,
      elapsedMs,
      bets: batches * plan.betCount,
      p50Ms: latencies.quantileMs(0.5),
      p99Ms: latencies.quantileMs(0.99),
      maxMs: latencies.quantileMs(1),
      cpuMs: usedCpuMs,
      acknowledgedBatches: acknowledged,
    },
  });
  process.off('disconnect', onParentGone);
  process.disconnect();
}

function onParentGone(): void {
  process.exit(1);
}

/** Waits; not beyond the batch that ends the load. */
async function lasting(durationMs: number, tally: Tally, maxBatches = Infinity): Promise<void> {
  const lookMs = 5;
  const endMs = performance.now() + durationMs;
  while (performance.now() < endMs && tally.acknowledged < maxBatches) {
    await new Promise((resolve) => setTimeout(resolve, Math.min(lookMs, endMs - performance.now())));
  }
}

process.once('message', (plan: LoadPlan) => void run(plan));
process.once('disconnect', onParentGone);
