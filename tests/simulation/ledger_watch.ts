import { isDeepStrictEqual } from 'node:util';
import { crc32 } from 'node:zlib';

import { CrcMessage } from '../../protocol/crc';
import { Draw, DrawTerms } from '../../server/ledger/draw';
import { LotteryTerms } from '../../server/ledger/ledger';

const LINE = /^(PUT|GET),\/(?:draw|agencies(?:\/(\d+))?(?:\/(batches|finish|winners)(?:\/(\d+))?)?),(\d{3}),/;
const DRAW_LINE = 'PUT,/draw,201,0';

/** What a commit has added to the ledger, as somebody reads it there. */
export interface CommittedPart {
  /** The new lines of the audit log, in their order. */
  readonly lines: readonly string[];
  /** The texts of the new batches, by `agency/batch id`. */
  readonly texts: ReadonlyMap<string, string>;
  /** What the tables say after it. */
  readonly finished: readonly number[];
  readonly closedWith: DrawTerms | undefined;
  readonly draw: Draw | undefined;
}

/**
 * What is durable, as a watch beside the engine has seen it come: told of each commit in the order of the audit log,
 * which must be one in which a server that does one thing at a time could have worked.
 */
export class LedgerWatch {
  /** The texts of the batches, by `agency/batch id`. */
  readonly texts = new Map<string, string>();
  /** In the order in which they have finished. */
  readonly finished = new Set<number>();
  closedWith: DrawTerms | undefined;
  draw: Draw | undefined;
  /** Called once, when the close of the sale has become durable. */
  onClosed: () => void = () => undefined;
  readonly #terms: LotteryTerms;
  readonly #bets = new Set<string>();
  #missing: number[] | undefined;

  constructor(terms: LotteryTerms) {
    this.#terms = terms;
  }

  get betCount(): number {
    return this.#bets.size;
  }

  /** @throws Error when what is stored breaks a promise */
  take({ lines, texts, finished, closedWith, draw }: CommittedPart): void {
    const unseen = new Map(texts);
    for (const line of lines) this.#takeLine(line, unseen, draw);
    if (unseen.size > 0) throw new Error(`batch ${[...unseen.keys()][0]} is stored without its line`);
    if (finished.length !== this.finished.size || finished.some((agency) => !this.finished.has(agency)))
      throw new Error(`finished are ${finished.join()}, by the audit log ${[...this.finished].join()}`);
    this.#takeClose(closedWith);
    this.#takeDraw(draw);
  }

  /** Whether a text is what some agency is told as its WIN. */
  isWin(documents: string): boolean {
    if (this.draw === undefined || this.draw.isCalledOff) return false;
    return documents === '' || [...this.draw.winners.values()].includes(documents);
  }

  /** Whether a CRC tells of the batches of some agency. */
  isCheck({ batchId, check }: CrcMessage): boolean {
    return Array.from({ length: this.#terms.agencies }, (_, index) => index + 1).some((agency) => {
      const ids = Array.from({ length: batchId }, (_, index) => index + 1);
      const texts = ids.map((id) => this.texts.get(`${agency}/${id}`));
      return !texts.includes(undefined) && crc32(texts.map((text) => `;${text}`).join('')) === check;
    });
  }

  #takeLine(line: string, texts: Map<string, string>, draw: Draw | undefined): void {
    if (line === DRAW_LINE) return this.#noteClose();
    const fields = LINE.exec(line);
    if (fields === null) throw new Error(`the line ${line}`);
    const [, action, agency, what, id, status] = fields;
    if (action === 'GET' && what === 'winners') return requireWinnersStatus(status!, draw);
    if (action === 'PUT' && what === 'finish') this.finished.add(Number(agency));
    if (action !== 'PUT' || what !== 'batches') return;
    const key = `${agency}/${id}`;
    const isOpen = this.#missing === undefined && !this.finished.has(Number(agency));
    const isStored = this.texts.has(key);
    if (status === '201') {
      if (!isOpen) throw new Error(`batch ${key} is stored after the close`);
      this.#noteBatch(key, texts);
    } else if (status === '200' || status === '409') {
      if (!isStored) throw new Error(`batch ${key} is answered with ${status} and was not stored`);
    } else if (status === '410') {
      if (isOpen || isStored) throw new Error(`batch ${key} is refused as too late, and was not`);
    }
  }

  #noteBatch(key: string, texts: Map<string, string>): void {
    const text = texts.get(key);
    if (text === undefined) throw new Error(`batch ${key} has its line and is not stored`);
    if (this.texts.has(key)) throw new Error(`batch ${key} is stored twice`);
    texts.delete(key);
    this.texts.set(key, text);
    for (const bet of text.split(';')) {
      const betKey = bet.split(',', 2).join('/');
      if (this.#bets.has(betKey)) throw new Error(`bet ${betKey} is stored twice`);
      this.#bets.add(betKey);
    }
  }

  #noteClose(): void {
    if (this.#missing !== undefined) throw new Error('the sale was closed twice');
    const ids = Array.from({ length: this.#terms.agencies }, (_, index) => index + 1);
    this.#missing = ids.filter((agency) => !this.finished.has(agency));
  }

  #takeClose(closedWith: DrawTerms | undefined): void {
    if (this.closedWith !== undefined) {
      if (isDeepStrictEqual(closedWith, this.closedWith)) return;
      throw new Error('the terms of the draw have changed after the close');
    }
    if ((closedWith === undefined) !== (this.#missing === undefined))
      throw new Error('the audit log and the tables differ in whether the sale is closed');
    if (closedWith === undefined) return;
    if (!isDeepStrictEqual(closedWith.missingAgencies, this.#missing)) {
      const told = closedWith.missingAgencies.join();
      throw new Error(`missing at the close were ${this.#missing?.join()}, stored is ${told}`);
    }
    if (closedWith.isCalledOff && closedWith.missingAgencies.length === 0)
      throw new Error('called off and nobody is missing');
    this.closedWith = closedWith;
    this.onClosed();
  }

  #takeDraw(draw: Draw | undefined): void {
    if (this.draw !== undefined) {
      if (isDeepStrictEqual(draw, this.draw)) return;
      throw new Error('the draw has changed');
    }
    if (draw === undefined) return;
    if (this.closedWith === undefined) throw new Error('drawn before the close');
    const { missingAgencies, isCalledOff } = draw;
    if (!isDeepStrictEqual({ missingAgencies, isCalledOff }, this.closedWith))
      throw new Error('drawn with other terms than the sale was closed with');
    if (!isDeepStrictEqual(draw, { ...this.closedWith, ...this.#expectedResult() }))
      throw new Error('the result of the draw is not what the bets say');
    this.draw = draw;
  }

  #expectedResult(): Omit<Draw, keyof DrawTerms> {
    if (this.closedWith?.isCalledOff === true)
      return { winnerNumber: undefined, winners: new Map(), bets: 0 };
    const { winnerNumber } = this.#terms;
    const winners = new Map<number, string>();
    const batches = [...this.texts].map(([key, text]) => ({ batchId: Number(key.split('/')[1]), text }));
    batches.sort((one, other) => one.batchId - other.batchId);
    for (const { text } of batches) {
      for (const [agency, , , , document, , number] of text.split(';').map((bet) => bet.split(','))) {
        if (Number(number) !== winnerNumber) continue;
        const known = winners.get(Number(agency));
        winners.set(Number(agency), known === undefined ? document! : `${known},${document}`);
      }
    }
    return { winnerNumber, winners, bets: this.betCount };
  }
}

function requireWinnersStatus(status: string, draw: Draw | undefined): void {
  const isDrawn = draw !== undefined && !draw.isCalledOff;
  if (status === '200' && !isDrawn) throw new Error('winners are told before the draw is stored');
  if (status === '410' && draw?.isCalledOff !== true)
    throw new Error('called off is told before it is stored');
}
