/** What the leaves of the log say, strictly as they must be written. */
import { Difference } from './mistakes';

const COUNT = '(0|[1-9]\\d{0,15})';
const BASE64 = '([A-Za-z0-9+/]{43}=)';
const HEX = '([0-9a-f]{64})';

const TERMS = new RegExp(
  `^lottery-terms/v1\norigin (\\S+)\nagencies ${COUNT}\nnumber (fixed ${COUNT}|entered|drand ${HEX} ${COUNT})\n(?:close ${COUNT}\n)?(?:policy ${HEX}\n)?$`,
);
const BATCH = new RegExp(
  `^lottery-batch/v1\n${COUNT} ${COUNT} ${COUNT} ${COUNT}\n${COUNT} ${COUNT}\n${BASE64}\n${BASE64}\n$`,
);
const FINISH = new RegExp(`^lottery-finish/v1\n${COUNT}\n${COUNT} ${COUNT}\n${BASE64}\n$`);
const SEAL = new RegExp(
  `^lottery-seal/v1\nbatches ${COUNT}\nbets ${COUNT}\nagencies ${HEX}\nnumbers ${HEX}\nmissing (-|[\\d,]+)\n$`,
);
const RESULT = new RegExp(
  `^lottery-result/v1\n(fixed|entered|beacon ${COUNT} ([0-9a-f]{96})\nseed ${HEX})\nnumber ${COUNT}\nwinners ${COUNT}\nagencies ${HEX}\n$`,
);
const CALLED_OFF = 'lottery-result/v1\ncalled-off\n';

/** How the number comes about. */
export type NumberTerms =
  | { readonly kind: 'fixed'; readonly number: number }
  | { readonly kind: 'entered' }
  | { readonly kind: 'drand'; readonly chainHash: string; readonly round: number };

/** A leaf, read. Hashes and chains are texts as they stand there. */
export type Entry =
  | {
      readonly kind: 'terms';
      readonly origin: string;
      readonly agencies: number;
      readonly number: NumberTerms;
    }
  | {
      readonly kind: 'batch';
      readonly agency: number;
      readonly batchId: number;
      readonly bets: number;
      readonly lastBetId: number;
      readonly batchesSoFar: number;
      readonly betsSoFar: number;
      readonly commitment: string;
      readonly chain: string;
    }
  | {
      readonly kind: 'finish';
      readonly agency: number;
      readonly batches: number;
      readonly bets: number;
      readonly chain: string;
    }
  | {
      readonly kind: 'seal';
      readonly batches: number;
      readonly bets: number;
      readonly agenciesHash: string;
      readonly numbersHash: string;
      readonly missing: string;
    }
  | { readonly kind: 'called-off' }
  | {
      readonly kind: 'result';
      readonly source: 'fixed' | 'entered' | 'beacon';
      /** Of a beacon. */
      readonly round: number;
      readonly signature: string;
      readonly seed: string;
      readonly number: number;
      readonly winners: number;
      readonly agenciesHash: string;
    };

/** Reads a leaf. @param index where it stands @throws Difference for what is none */
export function readEntry(bytes: Buffer, index: number): Entry {
  const text = bytes.toString('latin1');
  const entry = readTerms(text) ?? readBatch(text) ?? readFinish(text) ?? readSeal(text) ?? readResult(text);
  if (entry === undefined) throw new Difference(`leaf ${index} is none that the log of a lottery can have`);
  return entry;
}

function readTerms(text: string): Entry | undefined {
  const found = TERMS.exec(text);
  if (found === null) return undefined;
  const [, origin = '', agencies, number = '', fixed, chainHash = '', round] = found;
  const terms: NumberTerms = number.startsWith('fixed')
    ? { kind: 'fixed', number: Number(fixed) }
    : number === 'entered'
      ? { kind: 'entered' }
      : { kind: 'drand', chainHash, round: Number(round) };
  return { kind: 'terms', origin, agencies: Number(agencies), number: terms };
}

function readBatch(text: string): Entry | undefined {
  const found = BATCH.exec(text);
  if (found === null) return undefined;
  const [agency = 0, batchId = 0, bets = 0, lastBetId = 0, batchesSoFar = 0, betsSoFar = 0] = found
    .slice(1, 7)
    .map(Number);
  const [commitment = '', chain = ''] = found.slice(7);
  return {
    kind: 'batch',
    agency,
    batchId,
    bets,
    lastBetId,
    batchesSoFar,
    betsSoFar,
    commitment,
    chain,
  };
}

function readFinish(text: string): Entry | undefined {
  const found = FINISH.exec(text);
  if (found === null) return undefined;
  const [agency = 0, batches = 0, bets = 0] = found.slice(1, 4).map(Number);
  return { kind: 'finish', agency, batches, bets, chain: found[4]! };
}

function readSeal(text: string): Entry | undefined {
  const found = SEAL.exec(text);
  if (found === null) return undefined;
  const [, batches, bets, agenciesHash = '', numbersHash = '', missing = ''] = found;
  return {
    kind: 'seal',
    batches: Number(batches),
    bets: Number(bets),
    agenciesHash,
    numbersHash,
    missing,
  };
}

function readResult(text: string): Entry | undefined {
  if (text === CALLED_OFF) return { kind: 'called-off' };
  const found = RESULT.exec(text);
  if (found === null) return undefined;
  const [, words = '', round, signature = '', seed = '', number, winners, agenciesHash = ''] = found;
  return {
    kind: 'result',
    source: words === 'fixed' || words === 'entered' ? words : 'beacon',
    round: Number(round ?? 0),
    signature,
    seed,
    number: Number(number),
    winners: Number(winners),
    agenciesHash,
  };
}
