import type { Batch } from '../../../client/batch_source';
import { encodeBet } from '../../../protocol/bet';
import { REQUEST_HEADER_BYTES } from '../../../protocol/limits';
import { NO_CHECK } from '../../../protocol/payload_check';
import type { Draw } from '../../../server/ledger/draw';
import type { Leaf, LeafBatch } from '../../../server/ledger/leaf_source';
import type { Random } from '../../../tools/random';
import type { LogTerms, NumberSource } from '../../../transparency/draw/entries';
import { CLOSE_AT_SECONDS, DRAND, ORIGIN, POLICY_HASH } from './world';

const MAX_AGENCIES = 4;
const MAX_BETS = 10;
const MAX_AMOUNT = 3;
/** Few numbers, so that most of them have winners. */
const MAX_NUMBER = 5;
const MISSING_PER_THOUSAND = 100;
const SURNAMES = ['Sosa', 'Ibáñez', 'Paz', "D'Elía"];

/** An agency, and what it has sold. */
export interface Seller {
  readonly agency: number;
  readonly batches: readonly Batch[];
  /** Its file of bets. */
  readonly csv: Buffer;
}

/** What is sold, stored in this order. */
export interface Sale {
  readonly terms: LogTerms;
  readonly sellers: readonly Seller[];
  /** The batches, and the FINs of those who have finished, without the seal. */
  readonly events: readonly Leaf[];
  /** The number that wins, unless a beacon decides. */
  readonly number: number;
}

/** A sale that follows from the random numbers. */
export function makeSale(random: Random, kind: NumberSource['kind']): Sale {
  const number = random.below(MAX_NUMBER);
  const sources = { fixed: { kind: 'fixed', number }, entered: { kind: 'entered' }, drand: DRAND } as const;
  const sellers = Array.from({ length: 1 + random.below(MAX_AGENCIES) }, (_, index) =>
    makeSeller(random, index + 1),
  );
  const terms = {
    origin: ORIGIN,
    agencies: sellers.length,
    number: sources[kind],
    policyHash: POLICY_HASH,
    closeAtSeconds: kind === 'drand' ? CLOSE_AT_SECONDS : undefined,
  };
  return { terms, sellers, events: interleave(random, sellers), number };
}

/** A batch of an agency as it is stored. */
export function storedBatch(agency: number, { batchId, betCount: bets, lastBetId, bytes }: Batch): LeafBatch {
  // Without the `;` that the payload begins with, and the line feed behind it.
  const text = bytes.subarray(REQUEST_HEADER_BYTES + 1, -1);
  return { kind: 'batch', agency, batchId, bets, lastBetId, text };
}

/** The bets of a batch. */
export function betsIn({ text }: LeafBatch): string[] {
  return text.toString('utf8').split(';');
}

/** The batch with other bets, as many as before. */
export function withBets(batch: LeafBatch, bets: readonly string[]): LeafBatch {
  return { ...batch, text: Buffer.from(bets.join(';')) };
}

/** The number of a bet. */
export function numberIn(bet: string): number {
  return Number(bet.slice(bet.lastIndexOf(',') + 1));
}

/** The draw of a ledger. */
export function drawOf({ terms }: Sale, events: readonly Leaf[], number: number): Draw {
  const batches = events.filter((event) => event.kind === 'batch');
  const winners = new Map<number, string>();
  for (const batch of batches.toSorted((one, other) => one.batchId - other.batchId)) {
    for (const bet of betsIn(batch)) {
      if (numberIn(bet) !== number) continue;
      const before = winners.get(batch.agency);
      const document = bet.split(',')[4]!;
      winners.set(batch.agency, before === undefined ? document : `${before},${document}`);
    }
  }
  const finished = new Set(events.flatMap((event) => (event.kind === 'finish' ? event.agency : [])));
  const agencies = Array.from({ length: terms.agencies }, (_, index) => index + 1);
  const missingAgencies = agencies.filter((agency) => !finished.has(agency));
  const bets = batches.reduce((sum, batch) => sum + batch.bets, 0);
  return { missingAgencies, isCalledOff: false, winnerNumber: number, winners, bets };
}

function makeSeller(random: Random, agency: number): Seller {
  const rows = Array.from({ length: random.below(MAX_BETS + 1) }, (_, index) => {
    const number = String(random.below(MAX_NUMBER)).padStart(1 + random.below(4), '0');
    const document = agency * 1_000_000 + index;
    return `Ana,${random.pick(SURNAMES)},${document},19${10 + random.below(90)}-02-0${1 + random.below(9)},${number}`;
  });
  const maxAmount = 1 + random.below(MAX_AMOUNT);
  const batches: Batch[] = [];
  for (let at = 0; at < rows.length; at += maxAmount) {
    const bets = rows.slice(at, at + maxAmount).map((row, index) => `${agency},${at + index + 1},${row}`);
    const batchId = batches.length + 1;
    const bytes = encodeBet(batchId, bets);
    batches.push({ batchId, betCount: bets.length, lastBetId: at + bets.length, check: NO_CHECK, bytes });
  }
  return { agency, batches, csv: Buffer.from(rows.map((row) => `${row}\n`).join('')) };
}

/** Puts what the agencies send, each in its order, into one. One agency at the most does not finish. */
function interleave(random: Random, sellers: readonly Seller[]): Leaf[] {
  const missing = random.chance(MISSING_PER_THOUSAND) ? random.pick(sellers).agency : 0;
  const queues = sellers.map(({ agency, batches }): Leaf[] => [
    ...batches.map((batch) => storedBatch(agency, batch)),
    ...(agency === missing ? [] : [{ kind: 'finish', agency } as const]),
  ]);
  const events: Leaf[] = [];
  for (let left = queues.filter(({ length }) => length > 0); left.length > 0;) {
    events.push(random.pick(left).shift()!);
    left = left.filter(({ length }) => length > 0);
  }
  return events;
}
