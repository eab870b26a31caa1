import { leafHash } from '../../transparency/tree/hash';
import { CompactRange, HashSource } from '../../transparency/tree/merkle';
import {
  decodeEntries,
  encodeEntries,
  hashesFromTiles,
  Tile,
  TILE_HEIGHT,
  TILE_WIDTH,
  tilePath,
} from '../../transparency/tree/tiles';
import { LedgerDamaged } from '../ledger/ledger';
import { LogDamaged } from './log_damaged';
import type { LogFolder } from './log_folder';

/** Tiles that are kept in memory beside those that are not full. */
const KEPT_TILES = 256;
const ENTRIES = 'entries';

/**
 * The tree of a log, in tiles (C2SP tlog-tiles). Memory holds the tiles at its right edge and some of the others; a tile
 * that becomes full is written to the folder at once. Where one is there already it must be the same.
 */
export class LogTree {
  readonly #folder: LogFolder;
  /** Up to this size, what is in the folder was published, and stays. */
  readonly #publishedSize: number;
  readonly #range = new CompactRange();
  /** The hashes of the tile at the right edge, by the level of tiles. */
  readonly #edges: Buffer[][] = [[]];
  /** The entries of the leaves at the right edge. */
  #entries: Buffer[] = [];
  readonly #kept = new Map<string, Buffer>();

  /** @param publishedSize up to this size, what is in the folder was published, and must come out the same */
  constructor(folder: LogFolder, publishedSize: number) {
    this.#folder = folder;
    this.#publishedSize = publishedSize;
  }

  /** How many leaves there are. */
  get size(): number {
    return this.#range.size;
  }

  /** The root. */
  get root(): Buffer {
    return this.#range.root();
  }

  /** The hashes of the tree as it is now. */
  get hashes(): HashSource {
    return hashesFromTiles(this.size, (tile) =>
      tile.width < TILE_WIDTH ? Buffer.concat(this.#edges[tile.level] ?? []) : this.#read(tile),
    );
  }

  /**
   * Adds a leaf.
   *
   * @returns its index
   * @throws LedgerDamaged when another was published in its place; the file system's error
   */
  append(entry: Buffer): number {
    const index = this.size;
    this.#entries.push(entry);
    if (this.#entries.length === TILE_WIDTH) {
      this.#writeFull(ENTRIES, Math.floor(index / TILE_WIDTH), encodeEntries(this.#entries));
      this.#entries = [];
    }
    this.#range.append(leafHash(entry), (level, subtree, hash) => {
      if (level % TILE_HEIGHT === 0) this.#push(level / TILE_HEIGHT, subtree, hash);
    });
    return index;
  }

  /**
   * Writes the tiles at the right edge, so that the folder holds the whole tree of this size.
   *
   * @throws the file system's error
   */
  writeEdges(): void {
    for (const [level, hashes] of this.#edges.entries()) {
      this.#writeEdge(level, hashes.length, () => Buffer.concat(hashes));
    }
    this.#writeEdge(ENTRIES, this.#entries.length, () => encodeEntries(this.#entries));
  }

  /** The root, from what stands in the folder. @throws LogDamaged when a tile is missing, or was cut */
  rootInFolder(): Buffer {
    const source = hashesFromTiles(this.size, (tile) => this.#read(tile));
    return CompactRange.restore(this.size, source).root();
  }

  /** The entry of a leaf. @throws LogDamaged when its tile is missing */
  entryAt(index: number): Buffer {
    const tile = Math.floor(index / TILE_WIDTH);
    const place = index % TILE_WIDTH;
    if (index >= this.size - this.#entries.length) return this.#entries[place]!;
    return decodeEntries(this.#read({ level: ENTRIES, index: tile, width: TILE_WIDTH }))[place]!;
  }

  /** @param index of the hash on its level of tiles */
  #push(level: number, index: number, hash: Buffer): void {
    const edge = (this.#edges[level] ??= []);
    edge.push(hash);
    if (edge.length < TILE_WIDTH) return;
    this.#writeFull(level, Math.floor(index / TILE_WIDTH), Buffer.concat(edge));
    this.#edges[level] = [];
  }

  #writeEdge(level: Tile['level'], width: number, bytes: () => Buffer): void {
    if (width === 0) return;
    const onLevel = level === ENTRIES ? this.size : Math.floor(this.size / TILE_WIDTH ** level);
    const path = tilePath(level, Math.floor(onLevel / TILE_WIDTH), width);
    this.#folder.write(path, bytes(), { isDurable: false });
  }

  #writeFull(level: Tile['level'], index: number, bytes: Buffer): void {
    const path = tilePath(level, index);
    const there = this.#folder.read(path);
    if (there?.equals(bytes) !== true) {
      const leaves = TILE_WIDTH ** (level === ENTRIES ? 1 : level + 1);
      if (there !== undefined && (index + 1) * leaves <= this.#publishedSize) throw otherLog();
      this.#folder.write(path, bytes, { isDurable: true });
      if (this.#folder.read(path)?.equals(bytes) !== true) throw notAsWritten();
    }
    this.#folder.removeFolder(`${path}.p`);
  }

  #read({ level, index, width }: Tile): Buffer {
    const path = tilePath(level, index, width);
    const kept = this.#kept.get(path);
    if (kept !== undefined) return kept;
    const tile = this.#folder.read(path);
    if (tile === undefined) throw new LogDamaged(`it has no ${path} any more`);
    if (width === TILE_WIDTH) this.#keep(path, tile);
    return tile;
  }

  #keep(path: string, tile: Buffer): void {
    this.#kept.set(path, tile);
    if (this.#kept.size <= KEPT_TILES) return;
    for (const oldest of this.#kept.keys()) {
      this.#kept.delete(oldest);
      return;
    }
  }
}

/** What stands in the folder is not what was hashed: no such tree may be signed. */
export function notAsWritten(): LogDamaged {
  return new LogDamaged('its tiles are not what was written');
}

/** What was published is not what the ledger holds. */
export function otherLog(): LedgerDamaged {
  return new LedgerDamaged('it is not the one whose log was published');
}
