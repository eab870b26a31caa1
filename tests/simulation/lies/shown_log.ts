import { consistencyProof } from '../../../transparency/tree/merkle';
import { checkpointText } from '../../../transparency/notes/checkpoint';
import { signedNote } from '../../../transparency/notes/note';
import type { LogTerms } from '../../../transparency/draw/entries';
import { numberOf } from '../../../transparency/draw/number';
import { Frame, FrameReader } from '../../../control/frames';
import type { Draw } from '../../../server/ledger/draw';
import type { Leaf } from '../../../server/ledger/leaf_source';
import { controlFrames } from '../../../server/transparency/control_frames';
import { LogBuilder, SEALED_CHECKPOINT_FILE } from '../../../server/transparency/log_builder';
import { CHECKPOINT_FILE } from '../../../server/transparency/log_folder';
import type { WitnessedCheckpoint } from '../../../server/transparency/log_messages';
import { LogTree } from '../../../server/transparency/log_tree';
import { seedOf, writeBeacon } from '../../../server/transparency/result_source';
import { MemoryFolder } from './memory_folder';
import { BEACON, DRAND, SALT_SECRET, SIGNER } from './world';

const TABLES = ['seal/agencies', 'seal/numbers', 'result/agencies'];

/** A log as it is shown to the control and to those who verify. */
export interface ShownLog {
  /** The leaves with what opens them. */
  frames(): Promise<Frame[]>;
  /** The body of `add-checkpoint`, for a witness that knows `old` leaves; without a proof where there can be none. */
  requestFor(which: WitnessedCheckpoint, old: number): Buffer;
  /** Adds the line of the control's cosignature. */
  addCosignature(which: WitnessedCheckpoint, line: string): void;
  /** The published files. */
  readonly folder: MemoryFolder;
}

/** The shipped builder, over a ledger in memory. */
export class BuiltLog implements ShownLog {
  readonly folder = new MemoryFolder();
  readonly #builder: LogBuilder;
  readonly #texts = new Map<string, Buffer>();
  /** All that was taken, but for the seal. */
  readonly events: Leaf[] = [];
  #segments = 0;

  constructor(terms: LogTerms, events: readonly Leaf[] = []) {
    this.#builder = new LogBuilder({ terms, signer: SIGNER, saltSecret: SALT_SECRET }, this.folder);
    this.take(...events);
  }

  get publishedSize(): number {
    return this.#builder.publishedSize;
  }

  take(...leaves: readonly Leaf[]): void {
    for (const leaf of leaves) {
      if (leaf.kind !== 'seal') this.events.push(leaf);
      if (leaf.kind === 'batch') this.#texts.set(`${leaf.agency},${leaf.batchId}`, leaf.text);
    }
    this.#builder.take({ sequence: ++this.#segments, leaves });
  }

  publish(): void {
    this.#builder.publish();
  }

  receiptOf(agency: number, batchId: number): Buffer | undefined {
    return this.#builder.receiptOf(agency, batchId);
  }

  /** Closes the sale, and puts the round beside the log. @returns the number that follows from both */
  seal(): number {
    this.take({ kind: 'seal' });
    writeBeacon(this.folder, BEACON);
    const [text = ''] = this.#file('sealed').split('\n\n');
    return numberOf(seedOf(`${text}\n`, DRAND.chainHash, BEACON));
  }

  takeResult(draw: Draw): void {
    this.#builder.takeResult(draw);
    this.publish();
  }

  async frames(): Promise<Frame[]> {
    const batchText = (agency: number, batchId: number): Promise<Buffer> =>
      Promise.resolve(this.#texts.get(`${agency},${batchId}`)!);
    const bytes = await controlFrames(this.#builder, { batchText }, 0, this.publishedSize);
    return [...new FrameReader().push(bytes)];
  }

  requestFor(which: WitnessedCheckpoint, old: number): Buffer {
    return this.#builder.addCheckpointBody(which, old) ?? unproved(this.#file(which));
  }

  addCosignature(which: WitnessedCheckpoint, line: string): void {
    this.#builder.addCosignature(which, sizeIn(this.#file(which)), line);
  }

  #file(which: WitnessedCheckpoint): string {
    return noteIn(this.folder, which);
  }
}

/** What a liar publishes. */
export interface Forgery {
  readonly frames: readonly Frame[];
  /** How many leaves the sealed checkpoint has. */
  readonly sealedSize: number;
  /** The tables of the seal and of the result, by their names. */
  readonly tables: ReadonlyMap<string, Buffer>;
}

/** A log of whatever leaves and tables, signed by who has the key. */
export class ForgedLog implements ShownLog {
  readonly folder = new MemoryFolder();
  readonly #tree = new LogTree(this.folder, 0);
  readonly #frames: readonly Frame[];

  constructor({ frames, sealedSize, tables }: Forgery) {
    this.#frames = frames;
    for (const [name, table] of tables) this.folder.write(name, table);
    for (const [index, { entry }] of frames.entries()) {
      this.#tree.append(entry);
      if (index + 1 === sealedSize) this.#sign(SEALED_CHECKPOINT_FILE);
    }
    this.#tree.writeEdges();
    this.#sign(CHECKPOINT_FILE);
  }

  frames(): Promise<Frame[]> {
    return Promise.resolve([...this.#frames]);
  }

  requestFor(which: WitnessedCheckpoint, old: number): Buffer {
    const note = noteIn(this.folder, which);
    const size = sizeIn(note);
    if (old > size) return unproved(note);
    const hashes = old === 0 ? [] : consistencyProof(old, size, this.#tree.hashes);
    return Buffer.from(
      `old ${old}\n${hashes.map((hash) => `${hash.toString('base64')}\n`).join('')}\n${note}`,
    );
  }

  addCosignature(which: WitnessedCheckpoint, line: string): void {
    const name = which === 'sealed' ? SEALED_CHECKPOINT_FILE : CHECKPOINT_FILE;
    this.folder.write(name, Buffer.from(`${noteIn(this.folder, which)}${line}`));
  }

  #sign(name: string): void {
    const text = checkpointText({ origin: SIGNER.name, size: this.#tree.size, root: this.#tree.root });
    this.folder.write(name, Buffer.from(signedNote(text, SIGNER.sign(text))));
  }
}

/** What a liar begins with who forges the end of a log: the log as it is. */
export async function forgeryOf(log: BuiltLog): Promise<Forgery> {
  return {
    frames: await log.frames(),
    sealedSize: sizeIn(noteIn(log.folder, 'sealed')),
    tables: new Map(TABLES.map((name) => [name, log.folder.read(name)!])),
  };
}

/** The note of a checkpoint in a folder. */
export function noteIn(folder: MemoryFolder, which: WitnessedCheckpoint): string {
  return folder.read(which === 'sealed' ? SEALED_CHECKPOINT_FILE : CHECKPOINT_FILE)!.toString();
}

/** How many leaves a checkpoint has. */
export function sizeIn(note: string): number {
  return Number(note.split('\n', 2)[1]);
}

function unproved(note: string): Buffer {
  return Buffer.from(`old 0\n\n${note}`);
}
