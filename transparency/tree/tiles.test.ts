import { leafHash, nodeHash } from './hash';
import { consistencyProof, CompactRange, inclusionProof, ProofError } from './merkle';
import { referenceRoot, someLeaves, sourceOf } from './testing/reference_tree';
import {
  decodeEntries,
  encodeEntries,
  hashesFromTiles,
  newTiles,
  parseTilePath,
  Tile,
  tilePath,
  TILE_WIDTH,
} from './tiles';

describe('paths', () => {
  test.each<[Tile, string]>([
    [{ level: 0, index: 0, width: 256 }, 'tile/0/000'],
    [{ level: 0, index: 1_234_067, width: 256 }, 'tile/0/x001/x234/067'],
    [{ level: 0, index: 1_234, width: 5 }, 'tile/0/x001/234.p/5'],
    [{ level: 1, index: 999, width: 255 }, 'tile/1/999.p/255'],
    [{ level: 6, index: 1_000, width: 31 }, 'tile/6/x001/000.p/31'],
    [{ level: 'entries', index: 0, width: 12 }, 'tile/entries/000.p/12'],
    [{ level: 'entries', index: 2 ** 53 - 1, width: 256 }, 'tile/entries/x009/x007/x199/x254/x740/991'],
  ])('%j is %s', (tile, path) => {
    expect(tilePath(tile.level, tile.index, tile.width)).toBe(path);
    expect(parseTilePath(path)).toEqual(tile);
  });

  test.each([
    '',
    'tile/0',
    'tile/0/0',
    'tile/0/00',
    'tile/0/0000',
    'tile/0/000.p/0',
    'tile/0/000.p/05',
    'tile/0/000.p/256',
    'tile/0/000.p/999',
    'tile/0/000.p/',
    'tile/0/000.p/1/',
    'tile/0/000\n',
    '/tile/0/000',
    'tile/00/000',
    'tile/7/000',
    'tile/-1/000',
    'tile/data/000',
    'tile/0/x000/001',
    'tile/0/x001',
    'tile/0/001/002',
    'tile/0/x009/x007/x199/x254/x740/992',
    'tile/0/x001/x000/x000/x000/x000/x000/000',
    'tile/0/../000',
    'tile/0/٠٠٠',
  ])('%j names no tile', (path) => {
    expect(parseTilePath(path)).toBeUndefined();
  });

  test.each<[number | 'entries', number, number]>([
    [7, 0, 256],
    [-1, 0, 256],
    [0.5, 0, 256],
    [0, -1, 256],
    [0, 2 ** 53, 256],
    [0, 0, 0],
    [0, 0, 257],
    [0, 0, 1.5],
  ])('there is no tile of level %p, index %p, width %p', (level, index, width) => {
    expect(() => tilePath(level, index, width)).toThrow(ProofError);
  });
});

describe('which tiles there are', () => {
  const paths = (fromSize: number, toSize: number): string[] =>
    [...newTiles(fromSize, toSize)].map(({ level, index, width }) => tilePath(level, index, width));

  test('of a tree of 256 leaves, as C2SP tlog-tiles tells', () => {
    expect(paths(0, 256)).toEqual(['tile/entries/000', 'tile/0/000', 'tile/1/000.p/1']);
  });

  test('of a tree of 70,000 leaves, as C2SP tlog-tiles tells', () => {
    const all = paths(0, 70_000).filter((path) => !path.includes('entries'));
    expect(all.length).toBe(273 + 1 + 1 + 1 + 1);
    expect(all.slice(-4)).toEqual(['tile/0/273.p/112', 'tile/1/000', 'tile/1/001.p/17', 'tile/2/000.p/1']);
  });

  test('only what has changed is written again', () => {
    expect(paths(0, 0)).toEqual([]);
    expect(paths(300, 300)).toEqual([]);
    expect(paths(254, 255)).toEqual(['tile/entries/000.p/255', 'tile/0/000.p/255']);
    expect(paths(255, 257)).toEqual([
      'tile/entries/000',
      'tile/entries/001.p/1',
      'tile/0/000',
      'tile/0/001.p/1',
      'tile/1/000.p/1',
    ]);
    expect(paths(256, 257)).toEqual(['tile/entries/001.p/1', 'tile/0/001.p/1']);
    expect(() => paths(2, 1)).toThrow(ProofError);
  });
});

describe('hashes from tiles', () => {
  const size = 256 * 256 + 700;
  const leaf = leafHash(Buffer.from('the same'));
  const leaves = [...someLeaves(700), ...Array.from({ length: size - 700 }, () => leaf)];
  const source = sourceOf(leaves);

  const asked: string[] = [];
  const tiles = hashesFromTiles(size, ({ level, index, width }) => {
    asked.push(tilePath(level, index, width));
    const hashes = Array.from({ length: width }, (_, at) => source(level * 8, index * TILE_WIDTH + at));
    return Buffer.concat(hashes);
  });
  beforeEach(() => asked.splice(0));

  test('are those of the tree, on every level', () => {
    for (let level = 0; 2 ** level <= size; level++) {
      const last = Math.floor(size / 2 ** level) - 1;
      for (const index of new Set([0, last >> 1, last])) {
        expect(tiles(level, index)).toEqual(source(level, index));
      }
      expect(() => tiles(level, last + 1)).toThrow(ProofError);
    }
    expect(asked).toContain('tile/0/258.p/188');
    expect(asked).toContain('tile/1/001.p/2');
    expect(asked).toContain('tile/2/000.p/1');
    for (const wrong of [-1, 0.5, 60, NaN]) expect(() => tiles(wrong, 0)).toThrow(ProofError);
    for (const wrong of [-1, 0.5, 2 ** 60, NaN]) expect(() => tiles(0, wrong)).toThrow(ProofError);
  });

  test('make the same proofs and the same root', () => {
    expect(CompactRange.restore(size, tiles).root()).toEqual(referenceRoot(leaves));
    expect(inclusionProof(699, size, tiles)).toEqual(inclusionProof(699, size, source));
    expect(consistencyProof(66_000, size, tiles)).toEqual(consistencyProof(66_000, size, source));
  });

  test('a tile of a wrong length is refused', () => {
    const short = hashesFromTiles(2, () => Buffer.alloc(63));
    expect(() => short(0, 0)).toThrow('a tile of 2 hashes has 63 bytes; it must have 64');
  });

  test('a view into other memory is read where it lies', () => {
    const memory = Buffer.concat([Buffer.alloc(7), leaf, leaf, Buffer.alloc(9)]);
    const view = new Uint8Array(memory.buffer, memory.byteOffset + 7, 64);
    expect(hashesFromTiles(2, () => view)(1, 0)).toEqual(nodeHash(leaf, leaf));
  });
});

describe('bundles of entries', () => {
  test('have the length before each entry', () => {
    const entries = ['', 'a', 'x'.repeat(258), 'ü'].map((text) => Buffer.from(text));
    const bytes = encodeEntries(entries);
    expect(bytes.subarray(0, 7)).toEqual(Buffer.from([0, 0, 0, 1, 0x61, 1, 2]));
    expect(decodeEntries(bytes)).toEqual(entries);
    expect(decodeEntries(encodeEntries([]))).toEqual([]);
    const longest = [Buffer.alloc(65_535, 1)];
    expect(decodeEntries(encodeEntries(longest))).toEqual(longest);
  });

  test('that end within an entry are refused', () => {
    const bytes = encodeEntries([Buffer.from('one'), Buffer.from('two')]);
    for (let length = 0; length < bytes.length; length++) {
      if (length === 0 || length === 5) continue;
      const which = length < 5 ? 0 : 1;
      expect(() => decodeEntries(bytes.subarray(0, length))).toThrow(
        new ProofError(`a bundle ends within its entry ${which}`),
      );
    }
  });

  test('have at most 256 entries of at most 65,535 bytes', () => {
    const full = Array.from({ length: 256 }, () => Buffer.alloc(0));
    expect(decodeEntries(encodeEntries(full))).toEqual(full);
    expect(() => encodeEntries([...full, Buffer.alloc(0)])).toThrow(ProofError);
    expect(() => decodeEntries(Buffer.alloc(514))).toThrow(ProofError);
    expect(() => encodeEntries([Buffer.alloc(65_536)])).toThrow(ProofError);
  });
});
