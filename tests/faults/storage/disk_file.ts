import { Random } from '../../../tools/random';

/** What a disk writes whole or not at all, most of the time. */
export const SECTOR_BYTES = 512;

/** What a sector may hold after a cut: it was written and is not certain yet. */
interface PendingSector {
  readonly order: number;
  readonly bytes: Buffer;
  isLost: boolean;
}

/** A length that the file may have after a cut. */
interface PendingLength {
  readonly order: number;
  readonly length: number;
  isLost: boolean;
}

/** How a cut treats what was not certain. */
export type CutManner = 'drop-all' | 'keep-all' | 'first-ones' | 'each-by-chance';

/** Of a thousand kept sectors, so many are torn, where each is treated by chance. */
const TORN_OF_THOUSAND = 100;

/**
 * A file as a disk that loses its power may show it afterwards.
 *
 * - What was written before a sync began that returned success is certain.
 * - Everything later: each sector by itself is new, old, or torn (a part of each), in whatever order they were
 *   written; so is the length.
 * - After a sync that failed, what was written before is lost for good, unless it is written again: a later sync
 *   does not bring it to the disk, since the kernel holds those pages for clean.
 */
export class DiskFile {
  readonly #certain = new GrowingBytes();
  readonly #view = new GrowingBytes();
  readonly #pending = new Map<number, PendingSector[]>();
  #lengths: PendingLength[] = [];

  /** What the process sees: everything that it has written. */
  get view(): Buffer {
    return this.#view.bytes;
  }

  write(order: number, offset: number, bytes: Buffer): void {
    this.#view.write(offset, bytes);
    this.#noteSectors(order, offset, offset + bytes.length);
    this.#noteLength(order);
  }

  truncate(order: number, length: number): void {
    const before = this.#view.length;
    this.#view.resize(length);
    this.#noteSectors(order, Math.min(before, length), Math.max(before, length));
    this.#noteLength(order);
  }

  /** A sync that began at `order` has returned success. */
  synced(order: number): void {
    for (const [sector, versions] of this.#pending) {
      const last = versions.findLastIndex((version) => version.order < order && !version.isLost);
      if (last < 0) continue;
      this.#certain.write(sector * SECTOR_BYTES, versions[last]!.bytes);
      versions.splice(0, last + 1);
      if (versions.length === 0) this.#pending.delete(sector);
    }
    const last = this.#lengths.findLastIndex((pending) => pending.order < order && !pending.isLost);
    if (last >= 0) {
      this.#certain.resize(this.#lengths[last]!.length);
      this.#lengths.splice(0, last + 1);
    } else this.#certain.resize(this.#certainLength);
    this.#certainLength = this.#certain.length;
  }
  #certainLength = 0;

  /** A sync that began at `order` has failed. */
  syncFailed(order: number): void {
    for (const versions of this.#pending.values()) {
      for (const version of versions) if (version.order < order) version.isLost = true;
    }
    for (const pending of this.#lengths) if (pending.order < order) pending.isLost = true;
  }

  /** What may be found after a cut now. */
  afterCut(manner: CutManner, random: Random): Buffer {
    const lastOrder = this.#lastKept(manner, random);
    const image = new GrowingBytes(this.#certain.bytes);
    for (const [sector, versions] of this.#pending) {
      const chosen =
        manner === 'each-by-chance'
          ? random.below(versions.length + 1) - 1
          : versions.findLastIndex(({ order }) => order <= lastOrder);
      if (chosen < 0) continue;
      const isTorn = manner === 'each-by-chance' && random.chance(TORN_OF_THOUSAND);
      const old = versions[chosen - 1]?.bytes ?? this.#certain.sector(sector);
      const { bytes } = versions[chosen]!;
      image.write(sector * SECTOR_BYTES, isTorn ? tear(old, bytes, random) : bytes);
    }
    image.resize(this.#lengthAfterCut(manner, lastOrder, random));
    return image.bytes;
  }

  #lastKept(manner: CutManner, random: Random): number {
    if (manner === 'drop-all') return -1;
    if (manner === 'keep-all') return Number.MAX_SAFE_INTEGER;
    const orders = new Set<number>();
    for (const versions of this.#pending.values()) for (const { order } of versions) orders.add(order);
    return random.pick([-1, ...orders]);
  }

  #lengthAfterCut(manner: CutManner, lastOrder: number, random: Random): number {
    const possible = [this.#certainLength, ...this.#lengths.map(({ length }) => length)];
    if (manner === 'each-by-chance') return random.pick(possible);
    return this.#lengths.findLast(({ order }) => order <= lastOrder)?.length ?? this.#certainLength;
  }

  #noteSectors(order: number, start: number, end: number): void {
    for (let sector = Math.floor(start / SECTOR_BYTES); sector * SECTOR_BYTES < end; sector++) {
      const bytes = Buffer.from(this.#view.sector(sector));
      const versions = this.#pending.get(sector);
      if (versions === undefined) this.#pending.set(sector, [{ order, bytes, isLost: false }]);
      else versions.push({ order, bytes, isLost: false });
    }
  }

  #noteLength(order: number): void {
    const { length } = this.#view;
    if (length === this.#certainLength && this.#lengths.length === 0) return;
    this.#lengths.push({ order, length, isLost: false });
  }
}

/** A part of the new bytes and a part of the old ones, either first. */
function tear(old: Buffer, bytes: Buffer, random: Random): Buffer {
  const border = 1 + random.below(SECTOR_BYTES - 1);
  const [first, second] = random.chance(500) ? [bytes, old] : [old, bytes];
  return Buffer.concat([first.subarray(0, border), second.subarray(border)]);
}

/** Bytes that grow; what was never written is zero. */
class GrowingBytes {
  #room: Buffer;
  #length: number;

  constructor(bytes: Buffer = Buffer.alloc(0)) {
    this.#room = Buffer.from(bytes);
    this.#length = bytes.length;
  }

  get length(): number {
    return this.#length;
  }

  get bytes(): Buffer {
    return this.#room.subarray(0, this.#length);
  }

  write(offset: number, bytes: Buffer): void {
    const end = offset + bytes.length;
    this.#makeRoom(end);
    this.#room.set(bytes, offset);
    this.#length = Math.max(this.#length, end);
  }

  resize(length: number): void {
    this.#makeRoom(length);
    this.#room.fill(0, length, Math.max(length, this.#length));
    this.#length = length;
  }

  /** A sector, filled with zeros behind the end. */
  sector(sector: number): Buffer {
    const start = sector * SECTOR_BYTES;
    if (start + SECTOR_BYTES <= this.#length) return this.#room.subarray(start, start + SECTOR_BYTES);
    const bytes = Buffer.alloc(SECTOR_BYTES);
    if (start < this.#length) bytes.set(this.#room.subarray(start, this.#length));
    return bytes;
  }

  #makeRoom(length: number): void {
    if (length <= this.#room.length) return;
    const room = Buffer.alloc(Math.max(length, 2 * this.#room.length));
    room.set(this.bytes);
    this.#room = room;
  }
}
