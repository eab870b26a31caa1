/**
 * Servers that lie about an agency's bets, in seeded runs: the agency finds each lie with the receipt of its FIN at the
 * latest, and finds none where there is none.
 *
 * LIES_RUNS sets how many runs of each kind there are. Takes FC_SEED from the environment.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import * as fc from 'fast-check';

import { OperationError } from '../../program/exit';
import { SYSTEM_CLOCK } from '../../program/clock';
import '../../protocol/testing/arbitraries';
import { parseVerifierKey } from '../../transparency/notes/note';
import { Batch, NOTHING_SENT, StartingPoint } from '../batch_source';
import { MemoryBatches } from '../testing/memory_batches';
import { SmallLog } from '../testing/small_log';
import { digestOf } from './own_chain';
import { ReceiptKeeper } from './receipt_keeper';

const AGENCY = 1;
const ROWS = 12;
const RUNS = Number(process.env['LIES_RUNS'] ?? 300);
const TIMEOUT_MS = 60_000 + 100 * RUNS;

let parent: string;
beforeAll(() => void (parent = mkdtempSync(join(tmpdir(), 'lies-'))));
afterAll(() => rmSync(parent, { recursive: true }));

const source = (maxAmount: number): MemoryBatches =>
  new MemoryBatches({ agency: AGENCY, rows: ROWS }, maxAmount, SYSTEM_CLOCK);

/** The agency's batches. They are cut once for each amount. */
async function cut(maxAmount: number): Promise<readonly Batch[]> {
  const batches = source(maxAmount);
  await new Promise<void>((resolve, reject) => batches.start(NOTHING_SENT, resolve, reject));
  const all: Batch[] = [];
  while (!batches.isAtEnd) {
    const batch = batches.next();
    if (batch === undefined) await new Promise((resolve) => setImmediate(resolve));
    else all.push({ ...batch, bytes: Buffer.from(batch.bytes) });
  }
  return all;
}

/** An agency that has sold all its bets and asks for receipts. */
class Asker {
  readonly folder = mkdtempSync(join(parent, 'run-'));
  readonly #batches: readonly Batch[];
  readonly #keeper: ReceiptKeeper;

  constructor(key: string, batches: readonly Batch[], maxAmount: number) {
    this.#batches = batches;
    const log = parseVerifierKey(key);
    const ownBatches = (): MemoryBatches => source(maxAmount);
    this.#keeper = new ReceiptKeeper({ agency: AGENCY, log, folder: this.folder, ownBatches });
  }

  /** Checks the receipt of a batch, or with 0 that of the FIN. @returns whether it believes it */
  async believes(batchId: number, receipt: Buffer): Promise<boolean> {
    try {
      if (batchId > 0) await this.#keeper.keepBatch(this.#own(batchId), receipt);
      // An earlier run may not have cut these otherwise: there was none.
      else expect(await this.#keeper.keepFinish(this.#everything, receipt)).toBe(0);
      return true;
    } catch (error) {
      if (!(error instanceof OperationError)) throw error;
      expect(error.message).toMatch(/ is wrong: [^\n]+; it is kept in [^\n]+$/);
      expect(readdirSync(join(this.folder, 'evidence'))).not.toEqual([]);
      return false;
    }
  }

  leave(): void {
    rmSync(this.folder, { recursive: true });
  }

  #own(batchId: number) {
    const batch = this.#batches[batchId - 1]!;
    const { betCount: bets, lastBetId } = batch;
    return { batchId, bets, lastBetId, betsSoFar: lastBetId, digest: digestOf(AGENCY, batch) };
  }

  get #everything(): StartingPoint {
    const { batchId: lastBatchId, lastBetId } = this.#batches.at(-1)!;
    return { lastBatchId, lastBetId, bets: lastBetId };
  }
}

/** What a builder that lies makes of the batches that it was sent. @returns what it puts into its tree, in this order */
type Lie = (batches: readonly Batch[], at: number) => readonly Batch[];

const withoutOne: Lie = (batches, at) => batches.filter((_, index) => index !== at);

const ANOTHER_NAME: Lie = (batches, at) =>
  batches.map((batch, index) => (index === at ? changed(batch, 'Ana', 'Eva') : batch));

const LIES: Readonly<Record<string, Lie>> = {
  'leaves a batch out': withoutOne,
  'leaves all batches out from one on': (batches, at) => batches.slice(0, at),
  'changes a name': ANOTHER_NAME,
  'changes the number of a bet': (batches, at) =>
    batches.map((batch, index) => (index === at ? changed(batch, /,(\d+)(;|\n)/, ',99$2') : batch)),
  'changes the document of a bet, and so a winner': (batches, at) =>
    batches.map((batch, index) => (index === at ? changed(batch, 'Sosa,1', 'Sosa,2') : batch)),
  'adds a batch at the end': (batches, at) => [...batches, { ...batches[at]!, batchId: batches.length + 1 }],
  'adds a batch in the middle': (batches, at) => [
    ...batches.slice(0, at),
    { ...batches[at]!, batchId: batches.length + 1 },
    ...batches.slice(at),
  ],
  'has a batch twice': (batches, at) => [...batches.slice(0, at), batches[at]!, ...batches.slice(at)],
  'exchanges two batches': (batches, at) => {
    const other = (at + 1) % batches.length;
    return batches.map((batch, index) =>
      index === at ? batches[other]! : index === other ? batches[at]! : batch,
    );
  },
  'counts a bet more': (batches, at) =>
    batches.map((batch, index) => (index === at ? { ...batch, betCount: batch.betCount + 1 } : batch)),
  'gives a batch another last bet': (batches, at) =>
    batches.map((batch, index) => (index === at ? { ...batch, lastBetId: batch.lastBetId + 1 } : batch)),
};

function changed(batch: Batch, from: string | RegExp, to: string): Batch {
  const bytes = Buffer.from(batch.bytes.toString('latin1').replace(from, to), 'latin1');
  return { ...batch, bytes };
}

interface World {
  readonly maxAmount: number;
  /** Which batch the lie is about, and which are asked for, as shares of all. */
  readonly at: number;
  readonly asked: readonly number[];
  /** How many leaves of others stand behind each. */
  readonly others: readonly number[];
}

const share = fc.double({ min: 0, max: 0.999, noNaN: true });
const worlds: fc.Arbitrary<World> = fc.record({
  maxAmount: fc.integer({ min: 1, max: 4 }),
  at: share,
  asked: fc.array(share, { maxLength: 3 }),
  others: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 6 }),
});

function logOf(batches: readonly Batch[], { others }: World, log = new SmallLog()): SmallLog {
  for (const [index, batch] of batches.entries()) {
    for (let count = 0; count < others[index % others.length]!; count++) log.addOther(`${index} ${count}\n`);
    log.addOwn(AGENCY, batch);
  }
  log.addFinish(AGENCY);
  return log;
}

/** Plays an agency to the receipt of its FIN. @returns whether it believed all that it was given */
async function believesAll(world: World, lie: Lie = (batches) => batches): Promise<boolean> {
  const { maxAmount, at, asked } = world;
  const batches = await cut(maxAmount);
  const log = logOf(lie(batches, Math.floor(at * batches.length)), world);
  const agency = new Asker(log.key, batches, maxAmount);
  try {
    for (const one of asked) {
      const batchId = 1 + Math.floor(one * batches.length);
      // What is not in the log, it gives no receipt for.
      const receipt = log.receiptOf(AGENCY, batchId);
      if (receipt !== undefined && !(await agency.believes(batchId, receipt))) return false;
    }
    return await agency.believes(0, log.receiptOf(AGENCY, 0)!);
  } finally {
    agency.leave();
  }
}

test(
  'an honest server is believed',
  () =>
    fc.assert(
      fc.asyncProperty(worlds, async (world) => expect(await believesAll(world)).toBe(true)),
      { numRuns: RUNS / 4 },
    ),
  TIMEOUT_MS,
);

test(
  'a builder that lies is found out',
  () =>
    fc.assert(
      fc.asyncProperty(fc.constantFrom(...Object.keys(LIES)), worlds, async (name, world) =>
        expect(await believesAll(world, LIES[name])).toBe(false),
      ),
      { numRuns: RUNS },
    ),
  TIMEOUT_MS,
);

test(
  'two trees of one size are found out',
  () =>
    fc.assert(
      fc.asyncProperty(worlds, async (world) => {
        const batches = await cut(world.maxAmount);
        const log = logOf(batches, world);
        const fork = logOf(batches, world, log.fork());
        const agency = new Asker(log.key, batches, world.maxAmount);
        const batchId = 1 + Math.floor(world.at * batches.length);
        expect(await agency.believes(batchId, log.receiptOf(AGENCY, batchId)!)).toBe(true);
        expect(await agency.believes(0, fork.receiptOf(AGENCY, 0)!)).toBe(false);
        const evidence = readdirSync(join(agency.folder, 'evidence'));
        expect(evidence.toSorted()).toEqual(['contradicted-by-finish.tlog-proof', 'finish.tlog-proof']);
        agency.leave();
      }),
      { numRuns: RUNS / 4 },
    ),
  TIMEOUT_MS,
);

/** What is done to the bytes of a receipt. */
const DAMAGES: Readonly<Record<string, (bytes: Buffer, at: number, value: number) => Buffer>> = {
  'a flipped bit': (bytes, at, value) => {
    const flipped = Buffer.from(bytes);
    flipped[at]! ^= 1 << (value % 8);
    return flipped;
  },
  'a cut': (bytes, at) => bytes.subarray(0, at),
  'a byte more': (bytes, at, value) =>
    Buffer.concat([bytes.subarray(0, at), Buffer.of(value), bytes.subarray(at)]),
  'a byte less': (bytes, at) => Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]),
  'a line more': (bytes, at) =>
    onLines(bytes, at, (lines, index) => lines.toSpliced(index, 0, lines[index]!)),
  'a line less': (bytes, at) => onLines(bytes, at, (lines, index) => lines.toSpliced(index, 1)),
  'two lines exchanged': (bytes, at) =>
    onLines(bytes, at, (lines, index) =>
      lines.toSpliced(index, 2, ...lines.slice(index, index + 2).toReversed()),
    ),
};

function onLines(
  bytes: Buffer,
  at: number,
  change: (lines: readonly string[], index: number) => readonly string[],
): Buffer {
  const lines = bytes.toString().split('\n');
  return Buffer.from(change(lines, at % lines.length).join('\n'));
}

test(
  'a receipt with damaged bytes is found out',
  async () => {
    const world = { maxAmount: 3, at: 0, asked: [], others: [1, 2] };
    const batches = await cut(world.maxAmount);
    const log = logOf(batches, world);
    const arbitrary = [
      fc.constantFrom(...Object.keys(DAMAGES)),
      fc.integer({ min: 0, max: batches.length }),
      share,
      fc.integer({ min: 0, max: 255 }),
    ] as const;
    await fc.assert(
      fc.asyncProperty(...arbitrary, async (name, batchId, at, value) => {
        const receipt = log.receiptOf(AGENCY, batchId)!;
        const damaged = DAMAGES[name]!(receipt, Math.floor(at * receipt.length), value);
        fc.pre(!damaged.equals(receipt));
        const agency = new Asker(log.key, batches, world.maxAmount);
        expect(await agency.believes(batchId, damaged)).toBe(false);
        expect(existsSync(join(agency.folder, 'finish.tlog-proof'))).toBe(false);
        agency.leave();
      }),
      { numRuns: 2 * RUNS },
    );
  },
  TIMEOUT_MS,
);
