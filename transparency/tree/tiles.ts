/** Tiles, in which a log publishes its hashes, and bundles of its entries: C2SP tlog-tiles. */
import { HASH_BYTES } from './hash';
import { ProofError } from './proof_error';
import { checkCount, HashSource, joinRoots } from './subtrees';

/** How many hashes or entries a full tile has. */
export const TILE_WIDTH = 256;

/** How many levels of the tree a tile stands for: its hashes are those of level L · 8. */
export const TILE_HEIGHT = 8;

/** Above it would be trees of more than 2^53 leaves. */
const MAX_LEVEL = 6;
/** An entry has its length before it in two bytes. */
const LENGTH_BYTES = 2;
/** How many bytes an entry may have: its length is a uint16. */
export const MAX_ENTRY_BYTES = 65_535;

/** A tile: its level, or `entries` for a bundle; its index; and how many hashes or entries are in it, 1 to 256. */
export interface Tile {
  readonly level: number | 'entries';
  readonly index: number;
  readonly width: number;
}

/**
 * The path of a tile, as `tile/0/x001/234.p/5`: the index in groups of three digits, and the width where it is not full.
 *
 * @throws ProofError for a level, an index or a width that no tile has
 */
export function tilePath(level: number | 'entries', index: number, width = TILE_WIDTH): string {
  if (level !== 'entries' && !isWithin(level, 0, MAX_LEVEL)) {
    throw new ProofError(`no tile has level ${String(level)}; allowed are 0 to ${MAX_LEVEL} and entries`);
  }
  checkCount(index, 'the index of a tile');
  if (!isWithin(width, 1, TILE_WIDTH)) {
    throw new ProofError(`no tile has ${String(width)} hashes; allowed are 1 to ${TILE_WIDTH}`);
  }
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/.{3}/g)!;
  const place = groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group)).join('/');
  return `tile/${level}/${place}${width === TILE_WIDTH ? '' : `.p/${width}`}`;
}

/** Which tile a path names; `undefined` for a path that {@link tilePath} does not write. */
export function parseTilePath(path: string): Tile | undefined {
  const parts = /^tile\/(entries|[0-6])\/((?:x\d{3}\/){0,5}\d{3})(?:\.p\/([1-9]\d{0,2}))?$/.exec(path);
  if (parts === null) return undefined;
  const level = parts[1] === 'entries' ? 'entries' : Number(parts[1]);
  const index = Number(parts[2]!.replace(/\D/g, ''));
  const width = parts[3] === undefined ? TILE_WIDTH : Number(parts[3]);
  if (!Number.isSafeInteger(index) || width > TILE_WIDTH) return undefined;
  // One tile has one path: no group of zeros before the others, and no width where the tile is full.
  return tilePath(level, index, width) === path ? { level, index, width } : undefined;
}

/**
 * The tiles, bundles of entries among them, that a log must write when its tree has grown from `fromSize` to `toSize`
 * leaves: those that are new or have become wider, as wide as they are now. From 0 these are all tiles of a tree.
 *
 * @throws ProofError unless 0 <= fromSize <= toSize
 */
export function* newTiles(fromSize: number, toSize: number): Generator<Tile> {
  checkCount(fromSize, 'the size before');
  checkCount(toSize, 'the size now');
  if (fromSize > toSize) throw new ProofError(`a tree of ${fromSize} leaves cannot shrink to ${toSize}`);
  yield* tilesBetween('entries', fromSize, toSize);
  let [before, now] = [fromSize, toSize];
  for (let level = 0; now > 0; level++) {
    yield* tilesBetween(level, before, now);
    [before, now] = [Math.floor(before / TILE_WIDTH), Math.floor(now / TILE_WIDTH)];
  }
}

function* tilesBetween(level: Tile['level'], before: number, now: number): Generator<Tile> {
  if (before === now) return;
  for (let index = Math.floor(before / TILE_WIDTH); index * TILE_WIDTH < now; index++) {
    yield { level, index, width: Math.min(TILE_WIDTH, now - index * TILE_WIDTH) };
  }
}

/** Gives the bytes of a tile of hashes. */
export type TileReader = (tile: Tile & { readonly level: number }) => Uint8Array;

/**
 * A source of hashes that reads them from the tiles of a tree of `size` leaves: full ones, and the last of each level as
 * wide as it is at that size. It keeps nothing: the reader is asked for one tile with each call. It checks nothing against
 * a root: to trust tiles of others, compare the root over all leaves first.
 *
 * @throws ProofError for a wrong size; the source, for a subtree that is not in the tree or a tile of a wrong length
 */
export function hashesFromTiles(size: number, readTile: TileReader): HashSource {
  checkCount(size, 'the size of the tree');
  return (level, index) => {
    const tileLevel = Math.floor(level / TILE_HEIGHT);
    const count = 2 ** (level % TILE_HEIGHT);
    const first = index * count;
    const onLevel = Math.floor(size / TILE_WIDTH ** tileLevel);
    if (!isWithin(level, 0, 53) || !isWithin(index, 0, size) || first + count > onLevel) {
      throw new ProofError(
        `a tree of size ${size} has no complete subtree ${String(index)} of level ${String(level)}`,
      );
    }
    const tileIndex = Math.floor(first / TILE_WIDTH);
    const width = Math.min(TILE_WIDTH, onLevel - tileIndex * TILE_WIDTH);
    const hashes = decodeTile(readTile({ level: tileLevel, index: tileIndex, width }), width);
    return rootOfPower(hashes.slice(first % TILE_WIDTH, (first % TILE_WIDTH) + count));
  };
}

/** The hashes in a tile. @throws ProofError where it has not exactly `width` of them */
export function decodeTile(bytes: Uint8Array, width: number): Buffer[] {
  if (bytes.length !== width * HASH_BYTES) {
    throw new ProofError(
      `a tile of ${width} hashes has ${bytes.length} bytes; it must have ${width * HASH_BYTES}`,
    );
  }
  const buffer = bufferOf(bytes);
  return Array.from({ length: width }, (_, at) => buffer.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES));
}

/** The root over hashes whose count is a power of two: every split is in the middle. */
function rootOfPower(hashes: Buffer[]): Buffer {
  if (hashes.length === 1) return hashes[0]!;
  const middle = hashes.length / 2;
  return joinRoots([rootOfPower(hashes.slice(0, middle)), rootOfPower(hashes.slice(middle))]);
}

/**
 * A bundle of entries: each with its length before it, as an unsigned number of two bytes, the high one first.
 *
 * @throws ProofError for an entry of more than 65,535 bytes, or more than 256 entries
 */
export function encodeEntries(entries: readonly Uint8Array[]): Buffer {
  if (entries.length > TILE_WIDTH) {
    throw new ProofError(`a bundle has at most ${TILE_WIDTH} entries, not ${entries.length}`);
  }
  return Buffer.concat(
    entries.flatMap((entry) => {
      if (entry.length > MAX_ENTRY_BYTES) {
        throw new ProofError(`an entry has at most ${MAX_ENTRY_BYTES} bytes, not ${entry.length}`);
      }
      return [Uint8Array.of(entry.length >>> 8, entry.length & 0xff), entry];
    }),
  );
}

/** The entries of a bundle. @throws ProofError where it ends within an entry, or has more than 256 */
export function decodeEntries(bytes: Uint8Array): Buffer[] {
  const buffer = bufferOf(bytes);
  const entries: Buffer[] = [];
  let at = 0;
  while (at < buffer.length) {
    if (entries.length === TILE_WIDTH) throw new ProofError(`a bundle has more than ${TILE_WIDTH} entries`);
    const begin = at + LENGTH_BYTES;
    const end = begin <= buffer.length ? begin + buffer.readUInt16BE(at) : Infinity;
    if (end > buffer.length) throw new ProofError(`a bundle ends within its entry ${entries.length}`);
    entries.push(buffer.subarray(begin, end));
    at = end;
  }
  return entries;
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

function isWithin(value: number, lowest: number, highest: number): boolean {
  return Number.isInteger(value) && value >= lowest && value <= highest;
}
