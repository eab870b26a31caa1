/** The result of the draw, found again: the number where it follows from a beacon, and the winners of each agency. */
import { createHmac } from 'node:crypto';

import type { Entry, NumberTerms } from './entries';
import { sha256 } from './merkle';
import { Difference, differs } from './mistakes';

/** The largest multiple of 10,000 below 2^32: words from there on are left out, so that every number is as likely. */
const WORD_LIMIT = 4_294_960_000;
const NUMBERS = 10_000;
const WORD_BYTES = 4;

/** A winning bet, as the control's own copy has it. */
export interface OwnWinner {
  readonly agency: number;
  readonly batchId: number;
  readonly document: string;
}

/** What the result is held against. */
export interface ResultBasis {
  readonly terms: NumberTerms;
  /** The three lines of the sealed checkpoint. */
  readonly sealedText: string;
  /** The keys of the agencies' salts, from agency 1 on. */
  readonly keys: readonly Buffer[];
  /** The winning bets of the control's own copy. */
  readonly winners: Iterable<OwnWinner>;
  /** How many bets were counted on the number before it was known. */
  readonly liability: number;
}

/** Holds a result against the control's own count. @throws Difference */
export function checkResult(entry: Extract<Entry, { kind: 'result' }>, basis: ResultBasis): void {
  checkNumber(entry, basis);
  const documents = documentsOf(basis);
  const counted = documents.reduce((sum, each) => sum + each.length, 0);
  if (counted !== basis.liability)
    throw new Difference(
      `result: the control counts ${counted} winners, and counted ${basis.liability} before`,
    );
  if (entry.winners !== counted) throw differs('result: winners', entry.winners, counted);
  const table = documents.map((each, index) => {
    const salt = createHmac('sha256', basis.keys[index]!).update('winners').digest();
    const commitment = sha256(salt, sha256(each.join(',')));
    return `${index + 1} ${each.length} ${commitment.toString('base64')}\n`;
  });
  const own = sha256(table.join('')).toString('hex');
  if (entry.agenciesHash !== own)
    throw differs("result: table of the agencies' winners", entry.agenciesHash, own);
}

/** The documents of each agency's winners, from agency 1 on, in the order of its batch ids. */
function documentsOf({ winners, keys }: ResultBasis): string[][] {
  const byAgency: OwnWinner[][] = keys.map(() => []);
  for (const winner of winners) byAgency[winner.agency - 1]?.push(winner);
  return byAgency.map((each) =>
    each.sort((one, other) => one.batchId - other.batchId).map(({ document }) => document),
  );
}

function checkNumber(entry: Extract<Entry, { kind: 'result' }>, { terms, sealedText }: ResultBasis): void {
  const { source, number, round, signature, seed } = entry;
  const wanted = terms.kind === 'drand' ? 'beacon' : terms.kind;
  if (source !== wanted) throw differs('result: where the number comes from', source, wanted);
  if (terms.kind === 'fixed' && number !== terms.number)
    throw differs('result: number', number, terms.number);
  if (terms.kind !== 'drand') return;
  if (round !== terms.round) throw differs('result: round of the beacon', round, terms.round);
  const text = `lottery-draw/v1\n${sealedText}drand ${terms.chainHash} ${round}\n${signature}\n`;
  const digest = sha256(text);
  if (seed !== digest.toString('hex')) throw differs('result: seed', seed, digest.toString('hex'));
  const own = numberOf(digest);
  if (number !== own) throw differs('result: number', number, own);
}

function numberOf(digest: Buffer): number {
  for (let bytes = digest; ; bytes = sha256(bytes)) {
    for (let at = 0; at < bytes.length; at += WORD_BYTES) {
      const word = bytes.readUInt32BE(at);
      if (word < WORD_LIMIT) return word % NUMBERS;
    }
  }
}
