/** A transparency log in memory, as a server keeps it (PROTOCOL.md, R29), for one agency or several. */
import { generateKeyPairSync } from 'node:crypto';

import { Batch } from '../batch_source';
import {
  agencySaltKey,
  batchDigest,
  batchSalt,
  commitment,
  FIRST_CHAIN,
  nextChain,
} from '../../transparency/draw/commitments';
import { batchEntry, finishEntry, termsEntry } from '../../transparency/draw/entries';
import { checkpointText } from '../../transparency/notes/checkpoint';
import { writeLogProof } from '../../transparency/notes/log_proof';
import { NoteSigner, noteSigner, signedNote } from '../../transparency/notes/note';
import { leafHash } from '../../transparency/tree/hash';
import { inclusionProof, rootOf } from '../../transparency/tree/merkle';

/** What is stored of an agency. */
interface Account {
  batches: number;
  bets: number;
  chain: Buffer;
}

/** A batch as the log takes it. */
export interface LoggedBatch {
  readonly agency: number;
  readonly batchId: number;
  readonly betCount: number;
  readonly lastBetId: number;
  /** Its bets joined with `;`. */
  readonly text: Uint8Array;
}

/** A log that does what a test says. */
export class SmallLog {
  readonly #origin: string;
  readonly #signer: NoteSigner;
  readonly #secret = Buffer.alloc(32, 7);
  readonly #entries: Buffer[];
  readonly #accounts = new Map<number, Account>();
  /** For `agency,batchId`, with 0 for the FIN: the index of the leaf, and what the receipt has besides. */
  readonly #places = new Map<string, { index: number; extra: Buffer }>();

  constructor(
    origin = 'log.example/test',
    signer = noteSigner(origin, generateKeyPairSync('ed25519').privateKey),
  ) {
    this.#origin = origin;
    this.#signer = signer;
    this.#entries = [termsEntry({ origin, agencies: 5, number: { kind: 'fixed', number: 7574 } })];
  }

  /** What agencies check receipts with. */
  get key(): string {
    return this.#signer.verifierKey;
  }

  /** How many leaves there are. */
  get size(): number {
    return this.#entries.length;
  }

  /** A log of the same name and key that begins with another leaf. */
  fork(): SmallLog {
    const fork = new SmallLog(this.#origin, this.#signer);
    fork.#entries[0] = Buffer.from('another beginning\n');
    return fork;
  }

  /** Adds a leaf that is nobody's. */
  addOther(text: string): void {
    this.#entries.push(Buffer.from(text));
  }

  addBatch({ agency, batchId, betCount, lastBetId, text }: LoggedBatch): void {
    const account = this.#accountOf(agency);
    const digest = batchDigest({ agency, batchId, bets: betCount, lastBetId }, text);
    const salt = batchSalt(agencySaltKey(this.#secret, agency), batchId);
    const ofBatch = commitment(salt, digest);
    this.#places.set(`${agency},${batchId}`, {
      index: this.size,
      extra: Buffer.concat([salt, account.chain]),
    });
    account.batches++;
    account.bets += betCount;
    account.chain = nextChain(account.chain, ofBatch);
    this.#entries.push(
      batchEntry({
        agency,
        batchId,
        bets: betCount,
        lastBetId,
        batchesSoFar: account.batches,
        betsSoFar: account.bets,
        commitment: ofBatch,
        chain: account.chain,
      }),
    );
  }

  /** Adds a batch of a source. */
  addOwn(agency: number, batch: Batch): void {
    this.addBatch({ agency, ...batch, text: batch.bytes.subarray(24, -1) });
  }

  addFinish(agency: number): void {
    this.#places.set(`${agency},0`, { index: this.size, extra: agencySaltKey(this.#secret, agency) });
    this.#entries.push(finishEntry({ agency, ...this.#accountOf(agency) }));
  }

  /** A receipt; `undefined` where there is no such leaf. @param change what is wrong with it */
  receiptOf(
    agency: number,
    batchId: number,
    change: { size?: number; extra?: Buffer } = {},
  ): Buffer | undefined {
    const place = this.#places.get(`${agency},${batchId}`);
    if (place === undefined) return undefined;
    const { size = this.size, extra = place.extra } = change;
    const leaves = this.#entries.slice(0, size).map(leafHash);
    const hashes = inclusionProof(place.index, size, (level, index) =>
      rootOf(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level)),
    );
    const text = checkpointText({ origin: this.#origin, size, root: rootOf(leaves) });
    const checkpoint = signedNote(text, this.#signer.sign(text));
    return Buffer.from(writeLogProof({ extra, index: place.index, hashes, checkpoint }));
  }

  #accountOf(agency: number): Account {
    let account = this.#accounts.get(agency);
    if (account === undefined)
      this.#accounts.set(agency, (account = { batches: 0, bets: 0, chain: FIRST_CHAIN }));
    return account;
  }
}
