/** Our notes, proofs and tiles before an implementation by others, golang.org/x/mod/sumdb, and its notes before ours. */
import { generateKeyPairSync } from 'node:crypto';

import { checkpointText } from '../../transparency/notes/checkpoint';
import { cosign } from '../../transparency/notes/cosignature';
import { noteSigner, openNote, parseVerifierKey, signedNote } from '../../transparency/notes/note';
import { leafHash } from '../../transparency/tree/hash';
import { consistencyProof, inclusionProof, rootOf } from '../../transparency/tree/merkle';
import { sourceOf } from '../../transparency/tree/testing/reference_tree';
import { newTiles, TILE_WIDTH, tilePath } from '../../transparency/tree/tiles';
import { COMPILING_TIMEOUT_MS, describeWithGo, GoCrossCheck } from '../support/go/go';

/** Go reads checkpoints of its own log alone. */
const ORIGIN = 'go.sum database tree';
const SIZES = [1, 2, 3, 7, 8, 255, 256, 257, 511, 700, 70_000];
const LARGEST = 70_000;

const entries = Array.from({ length: LARGEST }, (_, index) => Buffer.from(`entry ${index}\n`));
const leaves = entries.map(leafHash);
const source = sourceOf(leaves);
const roots = new Map(SIZES.map((size) => [size, rootOf(leaves.slice(0, size))]));
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

function flipped(bytes: Buffer): Buffer {
  return Buffer.from([...bytes.subarray(0, -1), bytes.at(-1)! ^ 1]);
}

/** Leaves at both ends, in the middle, and at the edges of tiles. */
function indexesOf(size: number): number[] {
  return [...new Set([0, 1, 255, 256, size >> 1, size - 2, size - 1])].filter((at) => at >= 0 && at < size);
}

function inclusionCheck(index: number, size: number) {
  const proof = inclusionProof(index, size, source).map(base64);
  return {
    kind: 'inclusion',
    index,
    size,
    root: base64(roots.get(size)!),
    entry: base64(entries[index]!),
    proof,
  };
}

function consistencyCheck(fromSize: number, size: number) {
  const proof = consistencyProof(fromSize, size, source).map(base64);
  const [fromRoot, root] = [base64(roots.get(fromSize)!), base64(roots.get(size)!)];
  return { kind: 'consistency', fromSize, fromRoot, size, root, proof };
}

function tilesOf(size: number): Record<string, string> {
  const tiles: Record<string, string> = {};
  for (const { level, index, width } of newTiles(0, size)) {
    if (level === 'entries') continue;
    const hashes = Array.from({ length: width }, (_, at) => source(level * 8, index * TILE_WIDTH + at));
    tiles[tilePath(level, index, width)] = base64(Buffer.concat(hashes));
  }
  return tiles;
}

describeWithGo('our transparency log before that of Go', () => {
  let go: GoCrossCheck;
  beforeAll(async () => {
    go = await GoCrossCheck.compile();
  }, COMPILING_TIMEOUT_MS);
  afterAll(() => go.remove());

  const { privateKey } = generateKeyPairSync('ed25519');
  const signer = noteSigner('lottery.example/log', privateKey);
  const root = roots.get(700)!;
  const text = checkpointText({ origin: ORIGIN, size: 700, root });

  test('Go opens our checkpoint, with a cosignature that it does not know, and no changed one', () => {
    const witness = cosign(text, 'witness.example', generateKeyPairSync('ed25519').privateKey, 1_700_000_000);
    const note = signedNote(text, signer.sign(text), witness);
    const open = { kind: 'open', key: signer.verifierKey, note };
    const [right, ...wrong] = go.run([
      open,
      { ...open, note: note.replace('\n700\n', '\n701\n') },
      { ...open, note: signedNote(text, signer.sign(`${text}more\n`)) },
      {
        ...open,
        key: noteSigner('lottery.example/log', generateKeyPairSync('ed25519').privateKey).verifierKey,
      },
      { ...open, note: note.slice(0, -1) },
      { ...open, key: signer.verifierKey.replace('lottery', 'lotterx') },
    ]);
    expect(right).toEqual({ refusal: '', text, size: 700, root: base64(root) });
    expect(wrong.map(({ refusal }) => refusal)).toEqual([
      expect.stringMatching(/^invalid signature for key lottery\.example\/log\+/),
      expect.stringMatching(/^invalid signature for key lottery\.example\/log\+/),
      'note has no verifiable signatures',
      'malformed note',
      'invalid verifier hash',
    ]);
  });

  test('we open a note of Go', () => {
    const [signed] = go.run([{ kind: 'sign', text: 'A text\n\nof three lines – of Go.\n' }]);
    const opened = openNote(signed!.text!, [parseVerifierKey(signed!.key!)]);
    expect(opened).toMatchObject({
      text: 'A text\n\nof three lines – of Go.\n',
      verified: [{ name: 'go.example' }],
      unverified: [],
    });
  });

  test('Go accepts our proofs of inclusion, and no changed one', () => {
    const right = SIZES.flatMap((size) => indexesOf(size).map((index) => inclusionCheck(index, size)));
    expect(go.run(right).filter(({ refusal }) => refusal !== '')).toEqual([]);
    const wrong = right.flatMap((check) => [
      { ...check, entry: base64(Buffer.from('another entry')) },
      { ...check, root: base64(flipped(roots.get(check.size)!)) },
      { ...check, proof: [...check.proof, base64(leaves[0]!)] },
      ...(check.proof.length > 0 ? [{ ...check, proof: check.proof.slice(1) }] : []),
    ]);
    expect(go.run(wrong).filter(({ refusal }) => refusal === '')).toEqual([]);
  });

  test('Go accepts our proofs of consistency, and no changed one', () => {
    const right = SIZES.flatMap((size) =>
      SIZES.filter((fromSize) => fromSize <= size).map((fromSize) => consistencyCheck(fromSize, size)),
    );
    expect(go.run(right).filter(({ refusal }) => refusal !== '')).toEqual([]);
    const wrong = right.flatMap((check) => [
      { ...check, root: base64(flipped(roots.get(check.size)!)) },
      { ...check, fromRoot: base64(flipped(roots.get(check.fromSize)!)) },
      { ...check, proof: [...check.proof, base64(leaves[0]!)] },
      ...(check.proof.length > 0 ? [{ ...check, proof: check.proof.slice(1) }] : []),
    ]);
    expect(go.run(wrong).filter(({ refusal }) => refusal === '')).toEqual([]);
  });

  test.each(SIZES)(
    'Go makes the same proofs from our tiles of a tree of %d leaves, and none from changed ones',
    (size) => {
      const tiles = tilesOf(size);
      const checks = indexesOf(size).map((index) => {
        return { kind: 'tiles', index, size, root: base64(roots.get(size)!), tiles };
      });
      const proofs = checks.map(({ index }) => inclusionProof(index, size, source).map(base64));
      expect(go.run(checks).map(({ refusal, proof = [] }) => ({ refusal, proof }))).toEqual(
        proofs.map((proof) => ({ refusal: '', proof })),
      );
      // The proof of an only leaf is made of no tile.
      if (size === 1) return;
      // The top tile, which the root is made of. Of tiles further down, Go in Debian 12 does not check every one.
      const top = Object.keys(tiles).at(-1)!;
      const hashes = Buffer.from(tiles[top]!, 'base64');
      const changed = base64(Buffer.concat([flipped(hashes.subarray(0, 32)), hashes.subarray(32)]));
      const [refused] = go.run([{ ...checks[0], tiles: { ...tiles, [top]: changed } }]);
      expect(refused!.refusal).toBe('downloaded inconsistent tile');
    },
  );
});
