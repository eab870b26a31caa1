/**
 * What stands in the leaves of a lottery's log. Each is text, a line feed behind every line, and holds no name, no
 * document and no bet. The order of the leaves is that of the state-changing lines of the audit log.
 */

/** Where the winning number comes from; it is said in the first leaf, before any bet. */
export type NumberSource =
  /** It was announced before the sale. */
  | { readonly kind: 'fixed'; readonly number: number }
  /** It is entered by two people once the ledger is sealed. */
  | { readonly kind: 'entered' }
  /** It follows from the seal and a round of a drand chain. */
  | { readonly kind: 'drand'; readonly chainHash: string; readonly round: number };

/** What a lottery's log begins with. It never changes. */
export interface LogTerms {
  /** The name of the log: one for each draw. */
  readonly origin: string;
  /** How many agencies take part; their ids are 1 to this. */
  readonly agencies: number;
  readonly number: NumberSource;
  /** The latest time of sealing, in seconds since 1970; only with a number from drand. */
  readonly closeAtSeconds?: number | undefined;
  /** SHA-256 of the policy by which the log is to be checked, if one was given. */
  readonly policyHash?: Buffer | undefined;
}

/** A stored batch. */
export interface BatchEntry {
  readonly agency: number;
  readonly batchId: number;
  /** How many bets are in it, and the id of the last one. */
  readonly bets: number;
  readonly lastBetId: number;
  /** Of this agency, this batch among them. */
  readonly batchesSoFar: number;
  readonly betsSoFar: number;
  /** What hides and binds its bets (commitments.ts). */
  readonly commitment: Uint8Array;
  /** All commitments of this agency up to here. */
  readonly chain: Uint8Array;
}

/** An agency's FIN. */
export interface FinishEntry {
  readonly agency: number;
  readonly batches: number;
  readonly bets: number;
  readonly chain: Uint8Array;
}

/** The close of the sale. Behind it stands nothing but the result. */
export interface SealEntry {
  readonly batches: number;
  readonly bets: number;
  /** SHA-256 of the agencies' table, and of the table of numbers (tables.ts). */
  readonly agenciesHash: Uint8Array;
  readonly numbersHash: Uint8Array;
  /** The agencies that had not finished, in ascending order. */
  readonly missingAgencies: readonly number[];
}

/** How the number came about. */
export type ResultSource =
  | { readonly kind: 'fixed' | 'entered' }
  /** @see seedText in number.ts for what `seed` is the SHA-256 of */
  | { readonly kind: 'beacon'; readonly round: number; readonly signature: Buffer; readonly seed: Buffer };

/** The result of the draw. */
export interface ResultEntry {
  readonly source: ResultSource;
  readonly number: number;
  /** How many bets have won. */
  readonly winners: number;
  /** SHA-256 of the table of the agencies' winners (tables.ts). */
  readonly agenciesHash: Uint8Array;
}

/** The first leaf. */
export function termsEntry({ origin, agencies, number, closeAtSeconds, policyHash }: LogTerms): Buffer {
  return entry(
    'lottery-terms/v1',
    `origin ${origin}`,
    `agencies ${agencies}`,
    `number ${numberWords(number)}`,
    ...(closeAtSeconds === undefined ? [] : [`close ${closeAtSeconds}`]),
    ...(policyHash === undefined ? [] : [`policy ${hex(policyHash)}`]),
  );
}

/** The leaf of a batch. */
export function batchEntry(batch: BatchEntry): Buffer {
  const { agency, batchId, bets, lastBetId, batchesSoFar, betsSoFar, commitment, chain } = batch;
  return entry(
    'lottery-batch/v1',
    `${agency} ${batchId} ${bets} ${lastBetId}`,
    `${batchesSoFar} ${betsSoFar}`,
    base64(commitment),
    base64(chain),
  );
}

/** The leaf of a FIN. */
export function finishEntry({ agency, batches, bets, chain }: FinishEntry): Buffer {
  return entry('lottery-finish/v1', `${agency}`, `${batches} ${bets}`, base64(chain));
}

/** The leaf of the seal. */
export function sealEntry({ batches, bets, agenciesHash, numbersHash, missingAgencies }: SealEntry): Buffer {
  return entry(
    'lottery-seal/v1',
    `batches ${batches}`,
    `bets ${bets}`,
    `agencies ${hex(agenciesHash)}`,
    `numbers ${hex(numbersHash)}`,
    `missing ${missingAgencies.length === 0 ? '-' : missingAgencies.join(',')}`,
  );
}

/** The leaf of the result; with `undefined` that of a draw that was called off. */
export function resultEntry(result: ResultEntry | undefined): Buffer {
  if (result === undefined) return entry('lottery-result/v1', 'called-off');
  const { source, number, winners, agenciesHash } = result;
  return entry(
    'lottery-result/v1',
    ...(source.kind === 'beacon'
      ? [`beacon ${source.round} ${hex(source.signature)}`, `seed ${hex(source.seed)}`]
      : [source.kind]),
    `number ${number}`,
    `winners ${winners}`,
    `agencies ${hex(agenciesHash)}`,
  );
}

function numberWords(source: NumberSource): string {
  if (source.kind === 'fixed') return `fixed ${source.number}`;
  return source.kind === 'entered' ? 'entered' : `drand ${source.chainHash} ${source.round}`;
}

function entry(...lines: readonly string[]): Buffer {
  return Buffer.from(lines.join('\n') + '\n');
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
