/** The control's own books of a lottery: every leaf is counted again, and held against what the server says. */
import { createHmac, createHash, Hash } from 'node:crypto';

import { readBets } from './bets';
import { Entry, NumberTerms, readEntry } from './entries';
import type { Frame } from './frames';
import { HASH_BYTES, sha256, Tree } from './merkle';
import { Difference, differs } from './mistakes';
import { checkResult, OwnWinner } from './result';

type EntryOf<Kind extends Entry['kind']> = Extract<Entry, { kind: Kind }>;

/** How many numbers there are. */
const NUMBERS = 10_000;

/** What is counted of an agency. */
interface AgencyBooks {
  readonly batchIds: Set<number>;
  /** Of the salts of its batches, in their order: they must all follow from its key. */
  readonly salts: Hash;
  bets: number;
  chain: Buffer;
  isFinished: boolean;
  /** The key of its salts, once it is told. */
  key: Buffer | undefined;
}

/** The books of one lottery. */
export class Books {
  readonly #origin: string;
  readonly #winnersOn: (number: number) => Iterable<OwnWinner>;
  readonly #tree = new Tree();
  readonly #agencies = new Map<number, AgencyBooks>();
  readonly #counts = new Float64Array(NUMBERS);
  #terms: { readonly agencies: number; readonly number: NumberTerms } | undefined;
  #batches = 0;
  #bets = 0;
  #sealed: { readonly size: number; readonly root: Buffer } | undefined;
  #hasResult = false;

  /**
   * @param origin of the log
   * @param winnersOn the winning bets of a number, in the order of the log, from the control's own copy of the leaves that
   * were taken
   */
  constructor(origin: string, winnersOn: (number: number) => Iterable<OwnWinner>) {
    this.#origin = origin;
    this.#winnersOn = winnersOn;
  }

  /** How many leaves were taken. */
  get size(): number {
    return this.#tree.size;
  }

  /** The root of the tree of them. */
  get root(): Buffer {
    return this.#tree.root;
  }

  /** The size of the tree whose last leaf is the seal; `undefined` before. */
  get sealedSize(): number | undefined {
    return this.#sealed?.size;
  }

  /** How many bets were counted. */
  get bets(): number {
    return this.#bets;
  }

  /**
   * Takes the next leaf.
   *
   * @throws Difference where it is not what must stand there; the books are of no use then
   */
  take({ entry: bytes, secret, text }: Frame): void {
    const index = this.#tree.size;
    const entry = readEntry(bytes, index);
    this.#requirePlace(entry, index);
    this.#tree.append(bytes);
    switch (entry.kind) {
      case 'terms':
        return this.#takeTerms(entry);
      case 'batch':
        return this.#takeBatch(entry, secret, text);
      case 'finish':
        return this.#takeFinish(entry, secret);
      case 'seal':
        return this.#takeSeal(entry, secret);
      default:
        return this.#takeResult(entry);
    }
  }

  #requirePlace({ kind }: Entry, index: number): void {
    const isResult = kind === 'result' || kind === 'called-off';
    if ((kind === 'terms') !== (index === 0)) throw new Difference(`leaf ${index}: the terms are leaf 0`);
    if (this.#hasResult) throw new Difference(`leaf ${index}: nothing may stand behind the result`);
    if ((this.#sealed !== undefined) !== isResult) {
      throw new Difference(`leaf ${index}: behind the seal stands the result, and nowhere else`);
    }
  }

  #takeTerms({ origin, agencies, number }: EntryOf<'terms'>): void {
    if (origin !== this.#origin) throw differs('leaf 0: the origin', origin, this.#origin);
    this.#terms = { agencies, number };
  }

  #takeBatch(entry: EntryOf<'batch'>, salt: Buffer, text: Buffer): void {
    const { agency, batchId, bets: betCount, lastBetId } = entry;
    const where = `agency ${agency}, batch ${batchId}`;
    const books = this.#booksOf(agency, where);
    if (books.isFinished) throw new Difference(`${where}: it stands behind the end of the agency's sale`);
    if (books.batchIds.has(batchId)) throw new Difference(`${where}: it stands there twice`);
    const bets = readBets(text);
    if (bets?.every((bet) => bet.agency === agency) !== true) {
      throw new Difference(`${where}: it holds a bet that is not valid`);
    }
    if (bets.length !== betCount) throw differs(`${where}: bets`, betCount, bets.length);
    if (bets.at(-1)!.id !== lastBetId) throw differs(`${where}: last bet`, lastBetId, bets.at(-1)!.id);
    const digest = sha256(`${agency},${batchId},${betCount},${lastBetId};`, text);
    const commitment = sha256(salt, digest);
    if (salt.length !== HASH_BYTES) throw differs(`${where}: bytes of the salt`, salt.length, HASH_BYTES);
    requireSame(`${where}: commitment to its bets`, entry.commitment, commitment);
    books.chain = sha256(books.chain, commitment);
    requireSame(`${where}: chain`, entry.chain, books.chain);
    books.batchIds.add(batchId);
    books.salts.update(salt);
    books.bets += betCount;
    this.#batches++;
    this.#bets += betCount;
    for (const { number } of bets) this.#counts[number]!++;
    if (entry.batchesSoFar !== books.batchIds.size)
      throw differs(`${where}: batches so far`, entry.batchesSoFar, books.batchIds.size);
    if (entry.betsSoFar !== books.bets) throw differs(`${where}: bets so far`, entry.betsSoFar, books.bets);
  }

  #takeFinish({ agency, batches, bets, chain }: EntryOf<'finish'>, key: Buffer): void {
    const where = `agency ${agency}, end of its sale`;
    const books = this.#booksOf(agency, where);
    if (books.isFinished) throw new Difference(`${where}: it stands there twice`);
    if (batches !== books.batchIds.size) throw differs(`${where}: batches`, batches, books.batchIds.size);
    if (bets !== books.bets) throw differs(`${where}: bets`, bets, books.bets);
    requireSame(`${where}: chain`, chain, books.chain);
    books.isFinished = true;
    takeKey(books, key, where);
  }

  /** @param keys those of the agencies that have not finished, in their order */
  #takeSeal(entry: EntryOf<'seal'>, keys: Buffer): void {
    if (entry.batches !== this.#batches) throw differs('seal: batches', entry.batches, this.#batches);
    if (entry.bets !== this.#bets) throw differs('seal: bets', entry.bets, this.#bets);
    const missing = this.#ids().filter((agency) => !this.#booksOf(agency, 'seal').isFinished);
    const named = missing.join(',') || '-';
    if (entry.missing !== named) throw differs('seal: missing agencies', entry.missing, named);
    const agencies = this.#ids().map((agency) => this.#rowOf(agency));
    const numbers = Array.from(this.#counts, (count, number) => (count === 0 ? '' : `${number} ${count}\n`));
    requireHash('seal: table of the agencies', entry.agenciesHash, agencies.join(''));
    requireHash('seal: table of the numbers', entry.numbersHash, numbers.join(''));
    if (keys.length !== missing.length * HASH_BYTES)
      throw differs('seal: bytes of keys', keys.length, missing.length * HASH_BYTES);
    for (const [index, agency] of missing.entries()) {
      const key = keys.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES);
      takeKey(this.#booksOf(agency, 'seal'), key, `agency ${agency}, seal`);
    }
    this.#sealed = { size: this.size, root: this.root };
  }

  #takeResult(entry: EntryOf<'result'> | EntryOf<'called-off'>): void {
    this.#hasResult = true;
    if (entry.kind === 'called-off') return;
    const { size, root } = this.#sealed!;
    const sealedText = `${this.#origin}\n${size}\n${root.toString('base64')}\n`;
    checkResult(entry, {
      terms: this.#terms!.number,
      sealedText,
      keys: this.#ids().map((agency) => this.#booksOf(agency, 'result').key!),
      winners: this.#winnersOn(entry.number),
      liability: this.#counts[entry.number] ?? 0,
    });
  }

  #ids(): number[] {
    return Array.from({ length: this.#terms?.agencies ?? 0 }, (_, index) => index + 1);
  }

  #rowOf(agency: number): string {
    const { batchIds, bets, isFinished, chain } = this.#booksOf(agency, 'seal');
    const state = isFinished ? 'finished' : 'missing';
    return `${agency} ${batchIds.size} ${bets} ${state} ${chain.toString('base64')}\n`;
  }

  #booksOf(agency: number, where: string): AgencyBooks {
    const { agencies } = this.#terms!;
    if (agency < 1 || agency > agencies)
      throw new Difference(`${where}: it is none of the ${agencies} agencies`);
    let books = this.#agencies.get(agency);
    if (books === undefined) {
      const chain = Buffer.alloc(HASH_BYTES);
      const salts = createHash('sha256');
      books = { batchIds: new Set(), salts, bets: 0, chain, isFinished: false, key: undefined };
      this.#agencies.set(agency, books);
    }
    return books;
  }
}

/** Takes the key of an agency's salts. @throws Difference when they do not follow from it */
function takeKey(books: AgencyBooks, key: Buffer, where: string): void {
  if (key.length !== HASH_BYTES) throw differs(`${where}: bytes of the key`, key.length, HASH_BYTES);
  const salts = createHash('sha256');
  for (const batchId of books.batchIds)
    salts.update(createHmac('sha256', key).update(String(batchId)).digest());
  if (!salts.digest().equals(books.salts.digest()))
    throw new Difference(`${where}: the salts of its batches do not follow from its key`);
  books.key = key;
}

function requireSame(what: string, said: string, counted: Buffer): void {
  const own = counted.toString('base64');
  if (said !== own) throw differs(what, said, own);
}

function requireHash(what: string, said: string, table: string): void {
  const own = sha256(table).toString('hex');
  if (said !== own) throw differs(what, said, own);
}
