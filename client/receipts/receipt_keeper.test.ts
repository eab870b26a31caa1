import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { SYSTEM_CLOCK } from '../../program/clock';
import { OperationError } from '../../program/exit';
import { noteSigner, parseVerifierKey } from '../../transparency/notes/note';
import { Batch, NOTHING_SENT, StartingPoint } from '../batch_source';
import { MemoryBatches } from '../testing/memory_batches';
import { SmallLog } from '../testing/small_log';
import { TemporaryFolder } from '../testing/temporary_folder';
import { digestOf } from './own_chain';
import { OwnBatch, ReceiptKeeper } from './receipt_keeper';

const ROWS = 25;
const AGENCY = 1;

let folder = new TemporaryFolder();
beforeEach(() => (folder = new TemporaryFolder()));
afterEach(() => folder.remove());

const rows = (maxAmount: number): MemoryBatches =>
  new MemoryBatches({ agency: AGENCY, rows: ROWS }, maxAmount, SYSTEM_CLOCK);

/** The batches of the agency's rows, behind those that are stored. */
async function cut(maxAmount: number, from: StartingPoint = NOTHING_SENT): Promise<Batch[]> {
  const source = rows(maxAmount);
  await new Promise<void>((resolve, reject) => source.start(from, resolve, reject));
  const batches: Batch[] = [];
  while (!source.isAtEnd) {
    const batch = source.next();
    if (batch === undefined) await new Promise((resolve) => setImmediate(resolve));
    else batches.push(batch);
  }
  return batches;
}

function own(batch: Batch, betsBefore: number): OwnBatch {
  const { batchId, betCount: bets, lastBetId } = batch;
  return { batchId, bets, lastBetId, betsSoFar: betsBefore + bets, digest: digestOf(AGENCY, batch) };
}

const pointAt = ({ batchId, lastBetId }: Batch): StartingPoint => ({
  lastBatchId: batchId,
  lastBetId,
  bets: lastBetId,
});

/** A log of all batches, with other leaves between them, and a FIN; a keeper of the agency. */
async function open(maxAmount = 4, log = new SmallLog(), key = log.key) {
  const batches = await cut(maxAmount);
  const keeper = new ReceiptKeeper({
    agency: AGENCY,
    log: parseVerifierKey(key),
    folder: folder.path,
    ownBatches: () => rows(maxAmount),
  });
  return { log, batches, keeper };
}

function logAll(log: SmallLog, batches: readonly Batch[]): void {
  for (const batch of batches) {
    log.addOwn(AGENCY, batch);
    log.addOther(`another leaf behind ${batch.batchId}\n`);
  }
  log.addFinish(AGENCY);
}

const files = (): string[] => readdirSync(folder.path, { recursive: true }).map(String).toSorted();

describe('the receipt of a batch', () => {
  test('that is right is kept, for its owner alone', async () => {
    const { log, batches, keeper } = await open();
    logAll(log, batches);
    const receipt = log.receiptOf(AGENCY, 3)!;
    await keeper.keepBatch(own(batches[2]!, 8), receipt);
    const path = join(folder.path, 'batch-00000003.tlog-proof');
    expect(readFileSync(path)).toEqual(receipt);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test.each<[string, string, (log: SmallLog, batches: Batch[]) => Buffer]>([
    ['that is of another batch', 'does not lead from the bets', (log) => log.receiptOf(AGENCY, 2)!],
    [
      'with another salt',
      'does not lead from the bets',
      (log) => log.receiptOf(AGENCY, 3, { extra: Buffer.alloc(64) })!,
    ],
    [
      'without the chain',
      'it has 32 bytes of extra where 64 belong',
      (log) => log.receiptOf(AGENCY, 3, { extra: Buffer.alloc(32) })!,
    ],
    [
      'that another has signed',
      'no signature of a known key',
      (_, batches) => {
        const other = new SmallLog('other.example');
        logAll(other, batches);
        return other.receiptOf(AGENCY, 3)!;
      },
    ],
    ['that is no proof', 'no blank line', () => Buffer.from('no proof')],
    [
      'with a flipped bit',
      'is not its',
      (log) =>
        Buffer.from(
          log
            .receiptOf(AGENCY, 3)!
            .toString()
            .replace(/\n(\d+)\n/, '\n1$1\n'),
        ),
    ],
  ])('%s goes to the evidence', async (_, reason, receiptOf) => {
    const { log, batches, keeper } = await open();
    logAll(log, batches);
    const receipt = receiptOf(log, batches);
    const error: unknown = await keeper
      .keepBatch(own(batches[2]!, 8), receipt)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OperationError);
    const evidence = join(folder.path, 'evidence', 'batch-00000003.tlog-proof');
    expect(String(error)).toMatch(/the receipt of batch 3 of agency 1 is wrong: .*; it is kept in [^\n]*$/);
    expect(String(error)).toContain(reason);
    expect(String(error)).toContain(evidence);
    expect(readFileSync(evidence)).toEqual(receipt);
    expect(existsSync(join(folder.path, 'batch-00000003.tlog-proof'))).toBe(false);
  });

  test.each<[string, (batch: Batch) => OwnBatch]>([
    ['a bet that was changed', (batch) => ({ ...own(batch, 8), digest: Buffer.alloc(32) })],
    ['bets that were added before', (batch) => own(batch, 9)],
    ['another count of bets', (batch) => ({ ...own(batch, 8), bets: 5 })],
  ])('finds %s', async (_, changed) => {
    const { log, batches, keeper } = await open();
    logAll(log, batches);
    await expect(keeper.keepBatch(changed(batches[2]!), log.receiptOf(AGENCY, 3)!)).rejects.toThrow(
      'does not lead from the bets that were sold',
    );
  });

  test('of a log of another name than its key is wrong', async () => {
    const signer = noteSigner('today.example', generateKeyPairSync('ed25519').privateKey);
    const log = new SmallLog('yesterday.example', signer);
    const { batches, keeper } = await open(4, log);
    logAll(log, batches);
    await expect(keeper.keepBatch(own(batches[0]!, 0), log.receiptOf(AGENCY, 1)!)).rejects.toThrow(
      'of another log',
    );
  });

  test('that cannot be written is told', async () => {
    const { log, batches, keeper } = await open();
    logAll(log, batches);
    mkdirSync(join(folder.path, 'batch-00000001.tlog-proof'));
    writeFileSync(join(folder.path, 'batch-00000001.tlog-proof', 'x'), '');
    await expect(keeper.keepBatch(own(batches[0]!, 0), log.receiptOf(AGENCY, 1)!)).rejects.toThrow(
      /batch-00000001.tlog-proof: cannot be written: /,
    );
  });
});

describe('receipts that contradict each other', () => {
  test('two trees of one size: both are kept', async () => {
    const { log, batches, keeper } = await open();
    logAll(log, batches.slice(0, 1));
    const first = log.receiptOf(AGENCY, 1, { size: 2 })!;
    await keeper.keepBatch(own(batches[0]!, 0), first);
    const forked = log.fork();
    forked.addOwn(AGENCY, batches[0]!);
    const second = forked.receiptOf(AGENCY, 1, { size: 2 })!;
    await expect(keeper.keepBatch(own(batches[0]!, 0), second)).rejects.toThrow('two trees of 2 leaves');
    expect(files()).toEqual([
      'batch-00000001.tlog-proof',
      'evidence',
      'evidence/batch-00000001.tlog-proof',
      'evidence/contradicted-by-batch-00000001.tlog-proof',
    ]);
    expect(readFileSync(join(folder.path, 'evidence/batch-00000001.tlog-proof'))).toEqual(second);
    expect(readFileSync(join(folder.path, 'evidence/contradicted-by-batch-00000001.tlog-proof'))).toEqual(
      first,
    );
  });

  test('leaves that are not in the order of the batches', async () => {
    const { log, batches, keeper } = await open();
    logAll(log, batches.slice(0, 1));
    await keeper.keepBatch(own(batches[0]!, 0), log.receiptOf(AGENCY, 1)!);
    const forked = log.fork();
    for (let more = 0; more < 5; more++) forked.addOther(`${more}`);
    forked.addOwn(AGENCY, batches[0]!);
    await expect(keeper.keepBatch(own(batches[0]!, 0), forked.receiptOf(AGENCY, 1)!)).rejects.toThrow(
      'two leaves for it',
    );
  });

  test('a smaller tree than before is none', async () => {
    const { log, batches, keeper } = await open();
    logAll(log, batches);
    await keeper.keepBatch(own(batches[2]!, 8), log.receiptOf(AGENCY, 3)!);
    await keeper.keepBatch(own(batches[3]!, 12), log.receiptOf(AGENCY, 4, { size: 8 })!);
  });
});

describe('the receipt of a FIN', () => {
  const everything: StartingPoint = { lastBatchId: 7, lastBetId: ROWS, bets: ROWS };

  test('covers all batches', async () => {
    const { log, batches, keeper } = await open();
    logAll(log, batches);
    expect(await keeper.keepFinish(everything, log.receiptOf(AGENCY, 0)!)).toBe(0);
    expect(files()).toEqual(['finish.tlog-proof']);
  });

  test('of an agency that sold nothing', async () => {
    const { log, keeper } = await open();
    log.addFinish(AGENCY);
    expect(await keeper.keepFinish(NOTHING_SENT, log.receiptOf(AGENCY, 0)!)).toBe(0);
  });

  test.each<[string, (batches: Batch[]) => Batch[]]>([
    ['a batch that is missing', (batches) => batches.slice(0, -1)],
    ['a batch that was added', (batches) => [...batches, { ...batches[0]!, batchId: 8 }]],
    ['two batches that were exchanged', ([a, b, ...rest]) => [b!, a!, ...rest]],
    [
      'a bet that was changed',
      (batches) =>
        batches.map((batch) =>
          batch.batchId === 5
            ? { ...batch, bytes: Buffer.from(batch.bytes.toString().replace('Ana', 'Eva')) }
            : batch,
        ),
    ],
  ])('finds %s', async (_, change) => {
    const { log, batches, keeper } = await open();
    logAll(log, change(batches));
    await expect(keeper.keepFinish(everything, log.receiptOf(AGENCY, 0)!)).rejects.toThrow(
      /the receipt of the FIN of agency 1 is wrong: it does not cover the bets that were sold; /,
    );
    expect(files()).toEqual(['evidence', 'evidence/finish.tlog-proof']);
  });

  /** A log whose first two batches an earlier run has cut, of three bets each. */
  async function resumed(maxAmount: number) {
    const opened = await open(maxAmount);
    const before = (await cut(3)).slice(0, 2);
    const from = pointAt(before[1]!);
    const after = await cut(maxAmount, from);
    logAll(opened.log, [...before, ...after]);
    opened.keeper.beginAt(from);
    const stored = { lastBatchId: after.at(-1)!.batchId, lastBetId: ROWS, bets: ROWS };
    const { log, keeper } = opened;
    return { log, keeper, from, after, stored, receipt: log.receiptOf(AGENCY, 0)! };
  }

  test('covers the batches of an earlier run that has cut them alike', async () => {
    const { keeper, stored, receipt } = await resumed(3);
    expect(await keeper.keepFinish(stored, receipt)).toBe(0);
  });

  test('of an earlier run alone, that has cut them alike', async () => {
    const { log, keeper, batches } = await open();
    logAll(log, batches);
    keeper.beginAt(everything);
    expect(await keeper.keepFinish(everything, log.receiptOf(AGENCY, 0)!)).toBe(0);
  });

  test('covers this run alone where an earlier one has cut otherwise, from the receipt of its first batch on', async () => {
    const { log, keeper, from, after, stored, receipt } = await resumed(4);
    await keeper.keepBatch(own(after[0]!, from.bets), log.receiptOf(AGENCY, 3)!);
    expect(await keeper.keepFinish(stored, receipt)).toBe(2);
  });

  test('finds what was changed in this run, where an earlier one has cut otherwise', async () => {
    const { log, keeper, from, after, stored } = await resumed(4);
    await keeper.keepBatch(own(after[0]!, from.bets), log.receiptOf(AGENCY, 3)!);
    log.addOwn(AGENCY, after[0]!);
    log.addFinish(AGENCY);
    await expect(keeper.keepFinish(stored, log.receiptOf(AGENCY, 0)!)).rejects.toThrow('does not cover');
  });

  test('of which nothing can be told is kept all the same', async () => {
    const { keeper, stored, receipt } = await resumed(4);
    expect(await keeper.keepFinish(stored, receipt)).toBe(stored.lastBatchId);
    expect(files()).toEqual(['finish.tlog-proof']);
  });
});
