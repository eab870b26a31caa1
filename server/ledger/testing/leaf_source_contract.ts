/** What the contract of a ledger's source (leaf_source.ts) promises, as tests that any engine's source must pass. */
import { batchOf } from '../../testing/bets';
import type { Sequential } from '../audit_reader';
import { Leaf, LeafBatch, leafLines, LeafSegment, LeafSource } from '../leaf_source';
import type { LedgerBatch } from '../operation';
import { CONTRACT_TERMS } from './contract/contract_rig';
import { LedgerCalls } from './ledger_calls';
import type { LedgerEngine } from './ledger_engine';

/** How the tests get at an engine's source. */
export interface LeafSourceEngine extends Pick<LedgerEngine, 'open' | 'auditLines'> {
  /** Opens a source that follows the ledger that was opened last. */
  openSource(): Promise<LeafSource>;
  /** Ways to damage that ledger, in which agency 1 has stored batch 1 with one bet, by what is damaged. */
  readonly damages: Readonly<Record<string, () => unknown>>;
}

const DAMAGED = /^the ledger is damaged: /;
const LARGE_BATCHES = 5;
const LARGE_BYTES = 3 * 1024 * 1024;
const SMALL_BATCHES = 2_500;
/** Many batches, over storage that other tests of this machine use too. */
const TIMEOUT_MS = 60_000;

/** A leaf with its text copied, as text. */
type ShownLeaf = Exclude<Leaf, LeafBatch> | (Omit<LeafBatch, 'text'> & { readonly text: string });

/** Runs the contract's tests against an engine's source. */
export function leafSourceContract(name: string, engine: LeafSourceEngine): void {
  describe(`${name}: the contract of a source`, () => {
    let ledger: LedgerCalls;
    let source: LeafSource;
    beforeEach(async () => {
      ledger = new LedgerCalls(await engine.open(CONTRACT_TERMS), CONTRACT_TERMS.winnerNumber);
      source = await engine.openSource();
    });
    afterEach(async () => {
      await source.close();
      await ledger.close();
    });

    const readAll = (after = 0): Promise<readonly LeafSegment[]> => collect(source.read(after));
    /** The leaves behind a segment, one segment's after the other's. */
    const leavesAfter = async (after = 0): Promise<readonly ShownLeaf[]> =>
      (await shown(source.read(after))).flatMap(({ leaves }) => leaves);

    test('an empty ledger has nothing to tell', async () => {
      expect(await readAll()).toEqual([]);
      expect(await source.draw()).toBeUndefined();
    });

    test('tells of batches, FINs and the seal in the order of the log', async () => {
      const batches = [
        batchOf(2, 1, [{ id: 4 }, { id: 9, firstName: 'Zoë' }]),
        batchOf(1, 1),
        batchOf(2, 7, [{ id: 1 }]),
      ];
      for (const batch of batches) await ledger.append(batch);
      await ledger.finish(2);
      await ledger.finish(1);
      await ledger.finish(2);
      await ledger.draw();
      expect(await leavesAfter()).toEqual([
        ...batches.map(leafOf),
        { kind: 'finish', agency: 2 },
        { kind: 'finish', agency: 1 },
        { kind: 'finish', agency: 2 },
        { kind: 'seal' },
      ]);
    });

    test('a batch is told once, and nothing of what changes nothing', async () => {
      await ledger.append(batchOf(1, 1));
      await ledger.append(batchOf(1, 1));
      await ledger.append(batchOf(1, 1, [{ id: 5 }]));
      await ledger.standing(1);
      await ledger.batchText(1, 1);
      await ledger.putNotes(0, { name: 'value' });
      await ledger.note('PUT', '/agencies/1/batches/3', 409);
      await ledger.drawState(1);
      await ledger.finish(1);
      await ledger.append(batchOf(1, 2));
      expect(await leavesAfter()).toEqual([leafOf(batchOf(1, 1)), { kind: 'finish', agency: 1 }]);
    });

    test('what is stored together is told in the order of the log', async () => {
      const batches = Array.from({ length: 60 }, (_, index) =>
        batchOf(1 + (index % 3), 1 + Math.floor(index / 3), [{ id: index + 1 }]),
      );
      await Promise.all([...batches.map((batch) => ledger.append(batch)), ledger.finish(2)]);
      const lines = [...leafLines(`${(await engine.auditLines()).join('\n')}\n`)];
      const told = await leavesAfter();
      expect(told.map(lineOf)).toEqual(lines);
      const texts = new Map(batches.map((batch) => [keyOf(batch), batch.text.toString()]));
      for (const leaf of told) {
        if (leaf.kind === 'batch') expect(leaf.text).toBe(texts.get(keyOf(leaf)));
      }
    });

    test('goes on behind a segment, each time as far as the log is', async () => {
      await ledger.append(batchOf(1, 1));
      await ledger.append(batchOf(1, 2));
      const [first, second] = (await readAll()).map(({ sequence }) => sequence);
      expect((await shown(source.read(first!))).map(({ sequence }) => sequence)).toEqual([second]);
      expect(await readAll(second)).toEqual([]);
      await ledger.finish(3);
      const next = await shown(source.read(second!));
      expect(next.map(({ leaves }) => leaves)).toEqual([[{ kind: 'finish', agency: 3 }]]);
      expect(next[0]!.sequence).toBeGreaterThan(second!);
    });

    test('can be left in the middle, and read from there', async () => {
      for (let batchId = 1; batchId <= 30; batchId++) await ledger.append(batchOf(1, batchId));
      const told: ShownLeaf[] = [];
      let after = 0;
      while (told.length < 30) {
        for await (const segment of source.read(after)) {
          told.push(...segment.leaves.map(shownLeaf));
          after = segment.sequence;
          break;
        }
      }
      expect(told).toEqual(Array.from({ length: 30 }, (_, index) => leafOf(batchOf(1, index + 1))));
    });

    test(
      'large batches and many small ones',
      async () => {
        const large = Array.from({ length: LARGE_BATCHES }, (_, index) => largeBatch(1, index + 1));
        for (const batch of large) expect(await ledger.append(batch)).toBe('stored');
        const small = Array.from({ length: SMALL_BATCHES }, (_, index) => batchOf(2, index + 1));
        for (let start = 0; start < SMALL_BATCHES; start += 500) {
          await Promise.all(small.slice(start, start + 500).map((batch) => ledger.append(batch)));
        }
        const told = await leavesAfter();
        const expected = [...large, ...small].map(leafOf);
        expect(told).toHaveLength(expected.length);
        expect(told.every((leaf, index) => isSame(leaf, expected[index]!))).toBe(true);
      },
      TIMEOUT_MS,
    );

    test('is followed while others write', async () => {
      const batches = Array.from({ length: 300 }, (_, index) => batchOf(1 + (index % 3), 1 + index));
      const state = { isWritten: false };
      const writing = Promise.all(
        [1, 2, 3].map(async (agency) => {
          for (const batch of batches.filter((each) => each.agency === agency)) await ledger.append(batch);
        }),
      ).finally(() => (state.isWritten = true));
      const sequences: number[] = [];
      const told: ShownLeaf[] = [];
      for (let isLast = false; !isLast;) {
        isLast = state.isWritten;
        for await (const { sequence, leaves } of source.read(sequences.at(-1) ?? 0)) {
          sequences.push(sequence);
          told.push(...leaves.map(shownLeaf));
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
      await writing;
      expect(sequences).toEqual([...new Set(sequences)].sort((one, other) => one - other));
      expect(told.map(lineOf)).toEqual([...leafLines(`${(await engine.auditLines()).join('\n')}\n`)]);
      expect(told).toHaveLength(batches.length);
    });

    test('a text is told once more, and of a batch that is not there that it is gone', async () => {
      const batch = batchOf(1, 3, [{ id: 1 }, { id: 2 }]);
      await ledger.append(batchOf(2, 3));
      await ledger.append(batch);
      expect((await source.batchText(1, 3)).toString()).toBe(batch.text.toString());
      await expect((async () => source.batchText(1, 4))()).rejects.toThrow(DAMAGED);
    });

    test('the draw, once it is stored', async () => {
      await ledger.append(batchOf(1, 1, [{ document: '21689196', number: CONTRACT_TERMS.winnerNumber }]));
      await ledger.finish(1);
      expect(await source.draw()).toBeUndefined();
      const draw = await ledger.draw();
      expect(await source.draw()).toEqual(draw);
      expect(draw).toMatchObject({ winners: new Map([[1, '21689196']]), bets: 1, missingAgencies: [2, 3] });
    });

    test.each(Object.entries(engine.damages))('damage is found: %s', async (_, damage) => {
      await ledger.append(batchOf(1, 1));
      await damage();
      await expect((async () => readAll())()).rejects.toThrow(DAMAGED);
    });
  });
}

/** Goes through all items. What may change with the next one is not copied. */
async function collect<Item>(items: Sequential<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

async function shown(
  segments: Sequential<LeafSegment>,
): Promise<{ readonly sequence: number; readonly leaves: readonly ShownLeaf[] }[]> {
  const copies = [];
  for await (const { sequence, leaves } of segments) copies.push({ sequence, leaves: leaves.map(shownLeaf) });
  return copies;
}

function shownLeaf(leaf: Leaf): ShownLeaf {
  return leaf.kind === 'batch' ? { ...leaf, text: leaf.text.toString() } : leaf;
}

function leafOf({ agency, batchId, betCount: bets, lastBetId, text }: LedgerBatch): ShownLeaf {
  return { kind: 'batch', agency, batchId, bets, lastBetId, text: text.toString() };
}

/** What the log's line tells of a leaf. */
function lineOf(leaf: ShownLeaf): object {
  if (leaf.kind !== 'batch') return leaf;
  return { kind: leaf.kind, agency: leaf.agency, batchId: leaf.batchId };
}

function keyOf({ agency, batchId }: { readonly agency: number; readonly batchId: number }): string {
  return `${agency},${batchId}`;
}

/** Without the long output of a comparison that fails. */
function isSame(leaf: ShownLeaf, expected: ShownLeaf): boolean {
  if (leaf.kind !== 'batch' || expected.kind !== 'batch') return false;
  const { text, ...rest } = leaf;
  expect({ ...rest, text: '' }).toEqual({ ...expected, text: '' });
  return text === expected.text;
}

/** A batch with texts that differ. */
function largeBatch(agency: number, batchId: number): LedgerBatch {
  const batch = batchOf(agency, batchId);
  return { ...batch, text: Buffer.alloc(LARGE_BYTES, `${batch.text.toString()};`).fill(`${batchId}`, 0, 8) };
}
