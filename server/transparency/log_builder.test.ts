import { createPrivateKey } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { agencySaltKey, batchSalt, nextChain } from '../../transparency/draw/commitments';
import { parseCheckpoint } from '../../transparency/notes/checkpoint';
import { readLogProof } from '../../transparency/notes/log_proof';
import { cosign } from '../../transparency/notes/cosignature';
import { NoteError, noteSigner, openNote, parseVerifierKey } from '../../transparency/notes/note';
import { leafHash } from '../../transparency/tree/hash';
import { rootOf, verifyInclusion } from '../../transparency/tree/merkle';
import { decodeEntries, newTiles, tilePath } from '../../transparency/tree/tiles';
import { COMPLETE, Draw } from '../ledger/draw';
import type { Leaf, LeafBatch, LeafSegment } from '../ledger/leaf_source';
import { Frame, FrameReader } from '../../control/frames';
import { controlFrames } from './control_frames';
import { LogBuilder, SEALED_CHECKPOINT_FILE } from './log_builder';
import { LogFolder } from './log_folder';

/** PKCS#8 of an Ed25519 key, before its seed. */
const KEY_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const KEY = createPrivateKey({
  key: Buffer.concat([KEY_PREFIX, Buffer.alloc(32, 0x4c)]),
  format: 'der',
  type: 'pkcs8',
});
const ORIGIN = 'lottery.example/2026-12-22';
const SALT_SECRET = Buffer.alloc(32, 7);
const SIGNER = noteSigner(ORIGIN, KEY);
const TERMS = { origin: ORIGIN, agencies: 3, number: { kind: 'fixed', number: 7574 } } as const;
const DRAW: Draw = { ...COMPLETE, winnerNumber: 7574, winners: new Map([[1, '31204458']]), bets: 1 };

let path: string;
beforeEach(() => void (path = mkdtempSync(join(tmpdir(), 'log-'))));
afterEach(() => rmSync(path, { recursive: true }));

function open(terms: object = TERMS, folder = new LogFolder(path)): LogBuilder {
  const identity = { terms: { ...TERMS, ...terms }, signer: SIGNER, saltSecret: SALT_SECRET };
  return new LogBuilder(identity, folder);
}

function batch(agency: number, batchId: number): Leaf {
  const text = Buffer.from(`${agency},${batchId},Ana,Paz,31204458,1987-03-17,${batchId % 10_000}`);
  return { kind: 'batch', agency, batchId, bets: 1, lastBetId: batchId, text };
}

/** Batches of agency 1, one in each segment. */
function batches(count: number, from = 1): LeafSegment[] {
  return Array.from({ length: count }, (_, index) => ({
    sequence: from + index,
    leaves: [batch(1, from + index)],
  }));
}

const END: Leaf[] = [1, 2, 3].map((agency) => ({ kind: 'finish', agency }));

function readCheckpoint(name = 'checkpoint') {
  const { text, verified } = openNote(readFileSync(join(path, name)), [parseVerifierKey(SIGNER.verifierKey)]);
  expect(verified).toHaveLength(1);
  return parseCheckpoint(text);
}

/** The entries in the folder, as somebody reads them who has nothing else. */
function readEntries(size: number): Buffer[] {
  const tiles = [...newTiles(0, size)].filter(({ level }) => level === 'entries');
  return tiles.flatMap(({ level, index, width }) =>
    decodeEntries(readFileSync(join(path, tilePath(level, index, width)))),
  );
}

function expectReceipt(builder: LogBuilder, agency: number, batchId: number): void {
  const proof = readLogProof(builder.receiptOf(agency, batchId)!.toString());
  const [note] = proof.checkpoint.split('\n\n');
  const { size, root } = parseCheckpoint(`${note}\n`);
  const entry = readEntries(size)[proof.index]!;
  verifyInclusion({ index: proof.index, size, leafHash: leafHash(entry), proof: proof.hashes, root });
  const agencyKey = agencySaltKey(SALT_SECRET, agency);
  if (batchId === 0) {
    expect(proof.extra).toEqual(agencyKey);
    expect(entry.toString()).toContain(`lottery-finish/v1\n${agency}\n`);
    return;
  }
  expect(proof.extra!.subarray(0, 32)).toEqual(batchSalt(agencyKey, batchId));
  const [, , , committed = '', chain] = entry.toString().trimEnd().split('\n');
  const previous = proof.extra!.subarray(32);
  expect(nextChain(previous, Buffer.from(committed, 'base64')).toString('base64')).toBe(chain);
  expect(entry.toString()).toContain(`\n${agency} ${batchId} 1 `);
}

test('publishes what it was given, and gives receipts for what is published', () => {
  const builder = open();
  builder.publish();
  expect(readCheckpoint().size).toBe(1);
  for (const segment of batches(600)) builder.take(segment);
  expect(builder.receiptOf(1, 1)).toBeUndefined();
  expect(builder.publish()).toBe(true);
  expect(builder.publish()).toBe(false);
  const { size, root } = readCheckpoint();
  expect(size).toBe(601);
  expect(rootOf(readEntries(size).map(leafHash))).toEqual(root);
  for (const batchId of [1, 2, 255, 256, 257, 511, 512, 600]) expectReceipt(builder, 1, batchId);
  expect(builder.receiptOf(1, 601)).toBeUndefined();
  expect(builder.receiptOf(2, 1)).toBeUndefined();
});

test('gives receipts for batches whose ids come in any order', () => {
  const builder = open();
  const ids = [5, 1, 2, 9, 3, 7];
  builder.take({ sequence: 1, leaves: ids.map((batchId) => batch(1, batchId)) });
  builder.publish();
  for (const batchId of ids) expectReceipt(builder, 1, batchId);
  expect(builder.receiptOf(1, 4)).toBeUndefined();
});

test('seals, and nothing but the result stands behind the seal', () => {
  const builder = open();
  const leaves: Leaf[] = [batch(2, 1), batch(1, 7), END[0]!, END[0]!, END[1]!, { kind: 'seal' }, END[2]!];
  builder.take({ sequence: 1, leaves });
  expect(builder.isSealed).toBe(true);
  const sealed = readCheckpoint(SEALED_CHECKPOINT_FILE);
  expect(readCheckpoint()).toEqual(sealed);
  const entries = readEntries(sealed.size).map(String);
  expect(entries.map((entry) => entry.split('\n', 1)[0])).toEqual([
    'lottery-terms/v1',
    'lottery-batch/v1',
    'lottery-batch/v1',
    'lottery-finish/v1',
    'lottery-finish/v1',
    'lottery-seal/v1',
  ]);
  expect(entries.at(-1)).toContain('batches 2\nbets 2\n');
  expect(entries.at(-1)).toContain('\nmissing 3\n');
  expect(readFileSync(join(path, 'seal/numbers'), 'utf8')).toBe('1 1\n7 1\n');
  expect(readFileSync(join(path, 'seal/agencies'), 'utf8')).toMatch(
    /^1 1 1 finished \S+\n2 1 1 finished \S+\n3 0 0 missing A{43}=\n$/,
  );
  for (const agency of [1, 2]) expectReceipt(builder, agency, 0);
  expect(builder.receiptOf(3, 0)).toBeUndefined();
  builder.takeResult(DRAW);
  builder.takeResult(DRAW);
  builder.publish();
  expect(readCheckpoint().size).toBe(sealed.size + 1);
  expect(String(readEntries(sealed.size + 1).at(-1))).toContain('fixed\nnumber 7574\nwinners 1\n');
  expect(readFileSync(join(path, 'result/agencies'), 'utf8')).toMatch(/^1 1 \S+\n2 0 \S+\n3 0 \S+\n$/);
});

test('comes out the same when it is made again, whatever was left half done', () => {
  const builder = open();
  for (const segment of batches(300)) builder.take(segment);
  builder.publish();
  const before = readFileSync(join(path, 'checkpoint'));
  for (const segment of batches(300, 301)) builder.take(segment);
  // Killed here: tiles are there beyond the checkpoint.
  const again = open();
  for (const segment of batches(100)) again.take(segment);
  expect(again.publish()).toBe(false);
  expect(readFileSync(join(path, 'checkpoint'))).toEqual(before);
  expect(() => again.requireAllPublished()).toThrow('not the one whose log was published');
  for (const segment of batches(500, 101)) again.take(segment);
  again.requireAllPublished();
  again.take({ sequence: 601, leaves: [...END, { kind: 'seal' }] });
  const sealed = readFileSync(join(path, SEALED_CHECKPOINT_FILE));
  again.takeResult(DRAW);
  again.publish();
  const last = open();
  for (const segment of batches(600)) last.take(segment);
  last.take({ sequence: 601, leaves: [...END, { kind: 'seal' }] });
  last.takeResult(DRAW);
  last.publish();
  expect(last.isSealed).toBe(true);
  expect(readFileSync(join(path, SEALED_CHECKPOINT_FILE))).toEqual(sealed);
});

test('keeps cosignatures that were added to the seal', () => {
  const leaves: Leaf[] = [...END, { kind: 'seal' }];
  open().take({ sequence: 1, leaves });
  const file = join(path, SEALED_CHECKPOINT_FILE);
  const cosigned = `${readFileSync(file, 'utf8')}— control.example AAAAAAAA\n`;
  writeFileSync(file, cosigned);
  utimesSync(file, 1, 1);
  open().take({ sequence: 1, leaves });
  expect(readFileSync(file, 'utf8')).toBe(cosigned);
  // Its time says when the sale was sealed.
  expect(statSync(file).mtimeMs).toBe(1_000);
});

test.each([
  ['other terms', { number: { kind: 'fixed', number: 1 } }, 1],
  ['another bet', {}, 2],
])('refuses a ledger that is not the one that was published: %s', (_, terms, firstBatch) => {
  const builder = open();
  for (const segment of batches(300)) builder.take(segment);
  builder.publish();
  expect(() => {
    const other = open(terms);
    for (const segment of batches(300, firstBatch)) other.take(segment);
  }).toThrow('not the one whose log was published');
});

/** A disk that gives back other bytes than it was given. */
class FlippingFolder extends LogFolder {
  flipped = '';

  override read(name: string): Buffer | undefined {
    const bytes = super.read(name);
    if (name === this.flipped && bytes !== undefined) bytes[5]! ^= 1;
    return bytes;
  }
}

test.each(['tile/0/001', 'tile/entries/001', 'tile/1/000.p/2', 'tile/0/002.p/89'])(
  'signs nothing when %s is not what was written',
  (tile) => {
    const folder = new FlippingFolder(path);
    const builder = open({}, folder);
    folder.flipped = tile;
    expect(() => {
      for (const segment of batches(600)) builder.take(segment);
      builder.publish();
    }).toThrow('not what was written');
    expect(readdirSync(path)).not.toContain('checkpoint');
  },
);

describe('for the control', () => {
  const line = (name: string): string => cosign(readText(name), 'control.example', KEY, 1_692_806_300);
  const readText = (name: string): string =>
    `${readFileSync(join(path, name)).toString().split('\n\n', 1)[0]!}\n`;

  test('cosignatures stay at the checkpoint and at the seal, also when the log is made again', () => {
    const make = (): LogBuilder => {
      const builder = open();
      builder.take({ sequence: 1, leaves: [batch(1, 1), ...END, { kind: 'seal' }] });
      builder.publish();
      return builder;
    };
    const builder = make();
    const [latest, sealed] = [line('checkpoint'), line(SEALED_CHECKPOINT_FILE)];
    const signers = ({ progress }: LogBuilder) => [progress.signers, progress.sealSigners];
    expect(signers(open())).toEqual([[], []]);
    expect(signers(builder)).toEqual([[ORIGIN], [ORIGIN]]);
    expect(builder.addCosignature('latest', 5, latest)).toBeUndefined();
    for (const which of ['latest', 'sealed'] as const) {
      expect(builder.addCosignature(which, 6, latest)?.toString()).toContain(latest);
      // The same once more changes nothing.
      expect(builder.addCosignature(which, 6, sealed)?.toString().split('\n')).toHaveLength(7);
    }
    const both = [ORIGIN, 'control.example'];
    expect([signers(builder), signers(make())]).toEqual([
      [both, both],
      [both, both],
    ]);
    builder.takeResult(DRAW);
    expect(signers(builder)).toEqual([both, both]);
    const body = make().addCheckpointBody('sealed', 2)!.toString();
    expect(body).toMatch(/^old 2\n([A-Za-z0-9+/]{43}=\n){1,3}\nlottery\.example/);
    expect(body.endsWith(sealed)).toBe(true);
    expect(readFileSync(join(path, 'checkpoint')).toString().endsWith(latest)).toBe(true);
    expect(readLogProof(make().receiptOf(1, 1)!.toString()).checkpoint.endsWith(latest)).toBe(true);
    expect(() => builder.addCosignature('latest', 6, 'no line')).toThrow(NoteError);
    expect(builder.addCheckpointBody('latest', 7)).toBeUndefined();
  });

  test('those of the seal are taken over from another server, each signer once', () => {
    const sold = { sequence: 1, leaves: [batch(1, 1), ...END, { kind: 'seal' } as const] };
    const control = createPrivateKey({
      key: Buffer.concat([KEY_PREFIX, Buffer.alloc(32, 9)]),
      format: 'der',
      type: 'pkcs8',
    });
    const builder = open();
    builder.take(sold);
    const mine = readFileSync(join(path, SEALED_CHECKPOINT_FILE)).toString();
    const [text = ''] = mine.split('\n\n');
    const theirs = (seconds: number): Buffer =>
      Buffer.from(`${mine}${cosign(`${text}\n`, 'control.example', control, seconds)}`);
    builder.takeSealSignatures(theirs(1_766_404_800));
    builder.takeSealSignatures(theirs(1_766_404_900));
    expect(readFileSync(join(path, SEALED_CHECKPOINT_FILE))).toEqual(theirs(1_766_404_800));
    expect(builder.progress.sealSigners).toEqual([ORIGIN, 'control.example']);
    expect(() => builder.takeSealSignatures(Buffer.from(mine.replace('\n6\n', '\n7\n')))).toThrow(
      'not the one whose log was published',
    );
  });

  test('published leaves are given with what opens them', async () => {
    const builder = open();
    const sold = batch(2, 1);
    builder.take({ sequence: 1, leaves: [sold, END[0]!, { kind: 'seal' }] });
    const batchText = (): Promise<Buffer> => Promise.resolve((sold as LeafBatch).text);
    const frames = async (after: number, limit: number): Promise<Frame[]> => [
      ...new FrameReader().push(await controlFrames(builder, { batchText }, after, limit)),
    ];
    const all = await frames(0, 256);
    const keyOf = (agency: number): Buffer => agencySaltKey(SALT_SECRET, agency);
    expect(all.map(({ entry }) => entry)).toEqual(readEntries(4));
    expect(all.map(({ secret }) => secret)).toEqual([
      Buffer.alloc(0),
      batchSalt(keyOf(2), 1),
      keyOf(1),
      Buffer.concat([keyOf(2), keyOf(3)]),
    ]);
    expect(all.map(({ text }) => text.length)).toEqual([0, (sold as LeafBatch).text.length, 0, 0]);
    expect(await frames(1, 2)).toEqual(all.slice(1, 3));
    expect(await frames(4, 256)).toEqual([]);
  });
});
