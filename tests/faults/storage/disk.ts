import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { CutManner, DiskFile } from './disk_file';
import { Random } from '../../../tools/random';
import { TraceRecord } from './trace';

type Node = DiskFile | DiskFolder;

/** A name that was given or taken away and is not certain yet. */
interface PendingEntry {
  readonly order: number;
  readonly name: string;
  readonly node: Node | undefined;
}

/**
 * A folder as a disk that loses its power may show it afterwards: what was entered or taken out before a sync of
 * the folder is certain; of what came later, each name by itself shows some moment since then. The sync of a file
 * does not make its name certain: that is stricter than what ext4, XFS and Btrfs do.
 */
class DiskFolder {
  readonly view = new Map<string, Node>();
  readonly #certain = new Map<string, Node>();
  #pending: PendingEntry[] = [];

  enter(order: number, name: string, node: Node | undefined): void {
    if (node === undefined) this.view.delete(name);
    else this.view.set(name, node);
    this.#pending.push({ order, name, node });
  }

  synced(order: number): void {
    for (const entry of this.#pending.filter((pending) => pending.order < order)) put(this.#certain, entry);
    this.#pending = this.#pending.filter((pending) => pending.order >= order);
  }

  /** A later sync is as good as this one: a journal holds the names, or nothing can be written any more. */
  syncFailed(): void {
    return;
  }

  afterCut(manner: CutManner, random: Random): Map<string, Node> {
    if (manner === 'keep-all') return this.view;
    const entries = new Map(this.#certain);
    if (manner === 'drop-all') return entries;
    for (const name of new Set(this.#pending.map((pending) => pending.name))) {
      const ofName = this.#pending.filter((pending) => pending.name === name);
      for (const entry of ofName.slice(0, random.below(ofName.length + 1))) put(entries, entry);
    }
    return entries;
  }
}

function put(entries: Map<string, Node>, { name, node }: PendingEntry): void {
  if (node === undefined) entries.delete(name);
  else entries.set(name, node);
}

/** Whether a sync of this file or folder counts; for tests of the tests. */
export type SyncFilter = (name: string) => boolean;

/** A folder of the traced process, as it is after some of the trace's records and as it may be after a cut there. */
export class Disk {
  readonly #root = new DiskFolder();
  readonly #counts: SyncFilter;
  readonly #handles = new Map<number, { readonly name: string; readonly node: Node }>();
  readonly #syncs = new Map<number, number>();

  /** @param counts says which syncs are believed; all, when left out */
  constructor(counts: SyncFilter = () => true) {
    this.#counts = counts;
  }

  /** Takes the next record of the trace, whose place in it is `order`. */
  take(record: TraceRecord, order: number): void {
    switch (record.kind) {
      case 'process':
        this.#handles.clear();
        this.#syncs.clear();
        break;
      case 'open':
        this.#open(record.handle, record.name, record.isNew, order);
        break;
      case 'make-folder':
        this.#folderOf(record.name).enter(order, basename(record.name), new DiskFolder());
        break;
      case 'unlink':
        this.#folderOf(record.name).enter(order, basename(record.name), undefined);
        break;
      case 'write':
        this.#fileOf(record.handle).write(order, record.offset, record.bytes);
        break;
      case 'truncate':
        this.#fileOf(record.handle).truncate(order, record.length);
        break;
      case 'sync-begin':
        this.#syncs.set(record.sync, order);
        break;
      case 'sync-end':
        this.#sync(record.handle, record.sync, record.isDone);
        break;
      case 'rename':
        throw new Error('a rename is not modelled: the ledger had no need of it');
      case 'network':
      case 'fault':
        break;
    }
  }

  /** The files as the process sees them, by their names. */
  get view(): ReadonlyMap<string, Buffer> {
    const files = new Map<string, Buffer>();
    collect(this.#root, '', files);
    return files;
  }

  /** Writes what may be found after a cut now into a folder that exists and is empty. */
  writeAfterCut(folder: string, manner: CutManner, random: Random): void {
    writeFolder(this.#root, folder, manner, random);
  }

  #open(handle: number, name: string, isNew: boolean, order: number): void {
    if (isNew) this.#folderOf(name).enter(order, basename(name), new DiskFile());
    const node = name === '' ? this.#root : this.#folderOf(name).view.get(basename(name));
    if (node === undefined) throw new Error(`${name} was there before the trace began`);
    this.#handles.set(handle, { name, node });
  }

  #sync(handle: number, sync: number, isDone: boolean): void {
    const { name, node } = this.#handles.get(handle)!;
    const order = this.#syncs.get(sync)!;
    if (!isDone) node.syncFailed(order);
    else if (this.#counts(name)) node.synced(order);
  }

  #fileOf(handle: number): DiskFile {
    const node = this.#handles.get(handle)?.node;
    if (!(node instanceof DiskFile)) throw new Error(`the handle ${handle} is no file`);
    return node;
  }

  #folderOf(name: string): DiskFolder {
    const parent = dirname(name);
    if (parent === '.') return this.#root;
    const node = this.#folderOf(parent).view.get(basename(parent));
    if (!(node instanceof DiskFolder)) throw new Error(`${parent} is no folder`);
    return node;
  }
}

function collect(folder: DiskFolder, path: string, files: Map<string, Buffer>): void {
  for (const [name, node] of folder.view) {
    if (node instanceof DiskFile) files.set(path + name, node.view);
    else collect(node, `${path}${name}/`, files);
  }
}

function writeFolder(folder: DiskFolder, path: string, manner: CutManner, random: Random): void {
  for (const [name, node] of folder.afterCut(manner, random)) {
    const at = join(path, name);
    if (node instanceof DiskFile) writeFileSync(at, node.afterCut(manner, random));
    else {
      mkdirSync(at);
      writeFolder(node, at, manner, random);
    }
  }
}
