import { join } from 'node:path';

import { batchSalt, FIRST_CHAIN } from '../../transparency/draw/commitments';
import { chainIn, LogTerms, NumberSource } from '../../transparency/draw/entries';
import { Checkpoint, checkpointText, parseCheckpoint } from '../../transparency/notes/checkpoint';
import { writeLogProof } from '../../transparency/notes/log_proof';
import {
  NoteError,
  NoteSigner,
  openNote,
  parseVerifierKey,
  signedNote,
  signerNames,
} from '../../transparency/notes/note';
import { consistencyProof, inclusionProof } from '../../transparency/tree/merkle';
import type { Draw } from '../ledger/draw';
import type { Leaf, LeafSegment } from '../ledger/leaf_source';
import { LeafIndex } from './leaf_index';
import { CHECKPOINT_FILE, LogFolder } from './log_folder';
import { LogProgress, MAX_TOLD_SIGNERS, WitnessedCheckpoint } from './log_messages';
import { LogDamaged } from './log_damaged';
import { LogTree, notAsWritten, otherLog } from './log_tree';
import { LotteryLeaves } from './lottery_leaves';
import { resultSource } from './result_source';

/** The checkpoint whose last leaf is the seal, and the tables that the seal covers. */
export const SEALED_CHECKPOINT_FILE = join('seal', CHECKPOINT_FILE);
const AGENCIES_FILE = join('seal', 'agencies');
const NUMBERS_FILE = join('seal', 'numbers');
/** The table that the result covers. */
const WINNERS_FILE = join('result', 'agencies');

/** A log: what it begins with, and the keys that it is kept with. */
export interface LogIdentity {
  readonly terms: LogTerms;
  /** Signs its checkpoints, under the name of its origin. */
  readonly signer: NoteSigner;
  /** Of its salts, 32 bytes. */
  readonly saltSecret: Uint8Array;
}

/**
 * Builds the log of one lottery in a folder, from its beginning: what was published before is made again and must come
 * out the same. It reads no ledger and knows no time; who has it hands it segments and says when to publish.
 */
export class LogBuilder {
  readonly #signer: NoteSigner;
  readonly #folder: LogFolder;
  readonly #leaves: LotteryLeaves;
  readonly #tree: LogTree;
  readonly #numberFrom: NumberSource;
  readonly #index = new LeafIndex();
  /** The checkpoint that was found; until the tree has its size, nothing is published. */
  readonly #found: Checkpoint | undefined;
  #published: { readonly size: number; readonly note: string } | undefined;
  #signers: readonly string[] = [];
  #sealSigners: readonly string[] = [];
  /** The size with the seal as the last leaf. */
  #sealedSize: number | undefined;
  /** The three lines of the sealed checkpoint. */
  #sealedText = '';
  #hasResult = false;

  /**
   * Begins with the first leaf.
   *
   * @throws LedgerDamaged when another log was published in this folder
   * @throws the file system's error
   */
  constructor({ terms, signer, saltSecret }: LogIdentity, folder: LogFolder) {
    this.#signer = signer;
    this.#numberFrom = terms.number;
    this.#folder = folder;
    this.#leaves = new LotteryLeaves(terms, saltSecret);
    this.#found = publishedIn(folder, signer);
    this.#tree = new LogTree(folder, this.#found?.size ?? 0);
    this.#append(this.#leaves.terms);
  }

  /** Whether the sale is sealed, and the seal published. */
  get isSealed(): boolean {
    // What was published before covers it, even where the result, the last leaf, is not made again yet.
    const published = Math.max(this.#found?.size ?? 0, this.#published?.size ?? 0);
    return this.#sealedSize !== undefined && published >= this.#sealedSize;
  }

  /** Whether the result is a leaf. */
  get hasResult(): boolean {
    return this.#hasResult;
  }

  /** How far it is, and who has signed. */
  get progress(): LogProgress {
    const { isSealed, hasResult, publishedSize: size } = this;
    const sealSigners = isSealed ? this.#sealSigners : [];
    return { size, isSealed, hasResult, signers: this.#signers, sealSigners };
  }

  /** How many leaves are in the latest checkpoint. */
  get publishedSize(): number {
    return this.#published?.size ?? 0;
  }

  /**
   * Adds the leaves of a segment. When the seal is among them it is published, since nothing may stand behind it in its
   * checkpoint.
   *
   * @throws LedgerDamaged when another log was published; the file system's error
   */
  take({ leaves }: LeafSegment): void {
    for (const leaf of leaves) {
      const entry = this.#leaves.entryOf(leaf);
      if (entry === undefined) continue;
      this.#note(leaf, this.#append(entry));
      if (leaf.kind === 'seal') this.#seal();
    }
  }

  /** Adds the result, unless it is there. It is to be called when the sale is sealed. @throws as {@link take} */
  takeResult(draw: Draw): void {
    if (this.#hasResult) return;
    const { entry, winners } = this.#leaves.resultOf(draw, (number) =>
      resultSource(this.#numberFrom, number, this.#sealedText, this.#folder),
    );
    this.#append(entry);
    this.#hasResult = true;
    this.#folder.write(WINNERS_FILE, winners, { isDurable: true });
  }

  /**
   * Signs a checkpoint of what is there, if there is something new.
   *
   * @returns whether it has
   * @throws LogDamaged when what stands in the folder is not what was hashed; the file system's error
   */
  publish(): boolean {
    const { size, root } = this.#tree;
    if (size < (this.#found?.size ?? 0) || size === this.#published?.size) return false;
    this.#tree.writeEdges();
    // One flipped bit under a signature could never be taken back.
    if (!this.#tree.rootInFolder().equals(root)) throw notAsWritten();
    const note = this.#noteOf(size, root, CHECKPOINT_FILE);
    // The tiles first: a checkpoint tells of nothing that is not there.
    this.#folder.sync();
    this.#folder.write(CHECKPOINT_FILE, Buffer.from(note), { isDurable: true });
    this.#folder.sync();
    this.#published = { size, note };
    this.#signers = signersOf(note);
    return true;
  }

  /**
   * The receipt of a batch, or of a FIN: a C2SP tlog-proof (PROTOCOL.md, R29).
   *
   * @param batchId 0 for the FIN
   * @returns `undefined` for what is in no checkpoint
   */
  receiptOf(agency: number, batchId: number): Buffer | undefined {
    const place = this.#index.find(agency, batchId);
    const published = this.#published;
    if (place === undefined || published === undefined || place.index >= published.size) return undefined;
    const saltKey = this.#leaves.saltKeyOf(agency);
    const hashes = inclusionProof(place.index, published.size, this.#tree.hashes);
    const extra =
      batchId === 0 ? saltKey : Buffer.concat([batchSalt(saltKey, batchId), this.#chainAt(place.previous)]);
    return Buffer.from(writeLogProof({ extra, index: place.index, hashes, checkpoint: published.note }));
  }

  /** The entry of a leaf. @throws LogDamaged when its tile is missing */
  entryAt(index: number): Buffer {
    return this.#tree.entryAt(index);
  }

  /** The key of an agency's salts. */
  saltKeyOf(agency: number): Buffer {
    return this.#leaves.saltKeyOf(agency);
  }

  /**
   * The body of `add-checkpoint` (C2SP tlog-witness).
   *
   * @param old how many leaves the witness knows
   * @returns `undefined` where there is no such checkpoint, or the witness knows more leaves than it has
   */
  addCheckpointBody(which: WitnessedCheckpoint, old: number): Buffer | undefined {
    const witnessed = this.#witnessed(which);
    if (witnessed === undefined || old > witnessed.size) return undefined;
    const hashes = old === 0 ? [] : consistencyProof(old, witnessed.size, this.#tree.hashes);
    const proof = hashes.map((hash) => `${hash.toString('base64')}\n`);
    return Buffer.from(`old ${old}\n${proof.join('')}\n${witnessed.note}`);
  }

  /**
   * Adds the line of a cosignature, which was verified, to the checkpoint of this size; it is durable then.
   *
   * @returns the note; `undefined` where the checkpoint has another size by now
   * @throws NoteError for what is no such line; the file system's error
   */
  addCosignature(which: WitnessedCheckpoint, size: number, line: string): Buffer | undefined {
    const witnessed = this.#witnessed(which);
    if (witnessed?.size !== size) return undefined;
    const note = witnessed.note.includes(line) ? witnessed.note : `${witnessed.note}${line}`;
    const [text = '', lines = ''] = note.split('\n\n');
    signedNote(`${text}\n`, ...lines.split(/(?<=\n)/));
    this.#folder.write(which === 'latest' ? CHECKPOINT_FILE : SEALED_CHECKPOINT_FILE, Buffer.from(note), {
      isDurable: true,
    });
    this.#folder.sync();
    if (which === 'sealed') this.#sealSigners = signersOf(note);
    if (this.#published?.size === size) {
      this.#published = { size, note };
      this.#signers = signersOf(note);
    }
    return Buffer.from(note);
  }

  /**
   * Takes over the signatures of the seal's checkpoint that another server was given, as far as nobody of that name has
   * signed here. They are for those who verify, and are not looked into.
   *
   * @param note the checkpoint of the seal, as another server has published it
   * @throws LedgerDamaged when it is not the one of this log; NoteError; the file system's error
   */
  takeSealSignatures(note: Buffer): void {
    const [text = '', lines = ''] = note.toString().split('\n\n');
    if (this.#sealedSize === undefined || `${text}\n` !== this.#sealedText) throw otherLog();
    for (const line of lines.split(/(?<=\n)/)) {
      if (this.#sealSigners.includes(line.split(' ')[1] ?? '')) continue;
      this.addCosignature('sealed', this.#sealedSize, line);
    }
  }

  /**
   * To be called when all is taken that was in the ledger at the start.
   *
   * @throws LedgerDamaged when more was published than is there
   */
  requireAllPublished(): void {
    if (this.#tree.size < (this.#found?.size ?? 0)) throw otherLog();
  }

  /** The chain of an agency behind one of its batches. @param index of the batch's leaf; 0 for none */
  #chainAt(index: number): Buffer {
    return index === 0 ? FIRST_CHAIN : chainIn(this.#tree.entryAt(index));
  }

  #append(entry: Buffer): number {
    const index = this.#tree.append(entry);
    if (this.#tree.size === this.#found?.size && !this.#tree.root.equals(this.#found.root)) throw otherLog();
    return index;
  }

  #note(leaf: Leaf, index: number): void {
    if (leaf.kind === 'batch') this.#index.addBatch(leaf.agency, leaf.batchId, index);
    if (leaf.kind === 'finish') this.#index.addFinish(leaf.agency, index);
  }

  #seal(): void {
    const size = this.#tree.size;
    const { root } = this.#tree;
    const tables = this.#leaves.tables!;
    this.#folder.write(AGENCIES_FILE, tables.agencies, { isDurable: true });
    this.#folder.write(NUMBERS_FILE, tables.numbers, { isDurable: true });
    this.publish();
    const note = Buffer.from(this.#noteOf(size, root, SEALED_CHECKPOINT_FILE));
    // One that is there stays as it is: its time says when the sale was sealed.
    if (this.#folder.read(SEALED_CHECKPOINT_FILE)?.equals(note) !== true) {
      this.#folder.write(SEALED_CHECKPOINT_FILE, note, { isDurable: true });
    }
    this.#folder.sync();
    this.#sealSigners = signersOf(note.toString());
    this.#sealedText = checkpointText({ origin: this.#signer.name, size, root });
    this.#sealedSize = size;
  }

  /** A signed checkpoint: the same bytes as in the file, where it was signed before, so that cosignatures stay. */
  #noteOf(size: number, root: Buffer, file: string): string {
    const text = checkpointText({ origin: this.#signer.name, size, root });
    const there = this.#folder.read(file)?.toString();
    return there?.startsWith(`${text}\n`) === true ? there : signedNote(text, this.#signer.sign(text));
  }

  /** @returns `undefined` where it is not published */
  #witnessed(which: WitnessedCheckpoint): { readonly size: number; readonly note: string } | undefined {
    if (which === 'latest') return this.#published;
    const note = this.isSealed ? this.#folder.read(SEALED_CHECKPOINT_FILE) : undefined;
    return note && { size: this.#sealedSize!, note: note.toString() };
  }
}

function signersOf(note: string): readonly string[] {
  return signerNames(note, MAX_TOLD_SIGNERS);
}

/** The checkpoint that stands in a folder. @throws LogDamaged when it is none of this log's */
function publishedIn(folder: LogFolder, signer: NoteSigner): Checkpoint | undefined {
  const bytes = folder.read(CHECKPOINT_FILE);
  if (bytes === undefined) return undefined;
  try {
    return parseCheckpoint(openNote(bytes, [parseVerifierKey(signer.verifierKey)]).text);
  } catch (error) {
    if (!(error instanceof NoteError)) throw error;
    throw new LogDamaged(
      `its ${CHECKPOINT_FILE} is not what was signed: put a copy back, or what an agency or a control has of it`,
    );
  }
}
