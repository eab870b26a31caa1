/** Holds a ledger against what was sent and promised, and against the agencies' files. */
import { rowsOf, winnersOf } from '../../support/data';
import { batchKey, Witness } from '../proxy/witness';
import { LedgerContent, StoredBatch } from './ledger_reader';

/** What is in the agencies' files: the right result, found without our code. */
export class ExpectedLottery {
  /** For each agency the text of each of its bets, one character (latin1) for a byte. */
  readonly bets = new Map<number, readonly string[]>();
  /** For each agency the payload of its WIN. */
  readonly wins = new Map<number, string>();

  constructor(files: ReadonlyMap<number, string>, winnerNumber: number) {
    for (const [agency, file] of files) {
      const texts = rowsOf(file).map((row, index) => `${agency},${index + 1},${row.join(',')}`);
      this.bets.set(
        agency,
        texts.map((text) => Buffer.from(text).toString('latin1')),
      );
      this.wins.set(agency, winnersOf(file, winnerNumber).join(','));
    }
  }

  get betCount(): number {
    return [...this.bets.values()].reduce((sum, { length }) => sum + length, 0);
  }
}

/** Compares a ledger with everything known about it, kill after kill. */
export class LedgerCheck {
  readonly #expected: ExpectedLottery;
  readonly #witness: Witness;
  /** When the draw that was first seen has run: there must be no other. */
  #drawnAt: string | undefined;
  #checkedBatches = 0;

  constructor(expected: ExpectedLottery, witness: Witness) {
    this.#expected = expected;
    this.#witness = witness;
  }

  /** How many acknowledged batches were looked up, all checks together. */
  get checkedBatches(): number {
    return this.#checkedBatches;
  }

  /**
   * @param ledger what the server has left; undefined for nothing
   * @param isComplete whether everything must be there, the draw included
   * @returns what is wrong, in words
   */
  run(ledger: LedgerContent | undefined, isComplete: boolean): string[] {
    if (ledger === undefined) {
      const isNothingPromised = this.#witness.acknowledged.size === 0 && !isComplete;
      return isNothingPromised ? [] : ['the ledger is gone'];
    }
    return [
      ...(ledger.integrity === 'ok' ? [] : [`SQLite: ${ledger.integrity}`]),
      ...this.#findBrokenPromises(ledger),
      ...this.#findStrangers(ledger),
      ...findGaps(ledger),
      ...this.#findWrongBets(ledger, isComplete),
      ...this.#findWrongDraw(ledger, isComplete),
    ];
  }

  /** Every batch that was acknowledged is there, with the text that was sent. */
  #findBrokenPromises({ batches }: LedgerContent): string[] {
    const stored = new Map(batches.map((batch) => [batchKey(batch.agency, batch.batchId), batch.text]));
    const findings: string[] = [];
    for (const [key, { text }] of this.#witness.acknowledged) {
      this.#checkedBatches++;
      if (stored.get(key) === text) continue;
      findings.push(`batch ${key} was acknowledged and is ${stored.has(key) ? 'another one' : 'not stored'}`);
    }
    return findings;
  }

  /** Every batch that is there was sent as it is, whole. */
  #findStrangers({ batches }: LedgerContent): string[] {
    return batches
      .filter((batch) => !this.#witness.wasSent(batchKey(batch.agency, batch.batchId), batch))
      .map(({ agency, batchId }) => `batch ${batchKey(agency, batchId)} is stored and was never sent so`);
  }

  /** Every bet is there once at most and as the file has it; all of them for an agency that has finished. */
  #findWrongBets({ batches, finishedAgencies, viewRows }: LedgerContent, isComplete: boolean): string[] {
    const findings: string[] = [];
    let storedBets = 0;
    for (const [agency, bets] of this.#expected.bets) {
      const known = new Set(bets);
      const stored = batches
        .filter((batch) => batch.agency === agency)
        .flatMap(({ text }) => text.split(';'));
      const wrong = stored.filter((bet) => !known.delete(bet));
      storedBets += stored.length;
      if (wrong.length > 0)
        findings.push(`agency ${agency}: ${wrong.length} bets are there twice, or in no file`);
      const mustBeWhole = isComplete || finishedAgencies.includes(agency);
      if (mustBeWhole && known.size > 0) findings.push(`agency ${agency}: ${known.size} bets are missing`);
      if (isComplete && !finishedAgencies.includes(agency))
        findings.push(`agency ${agency}: its FIN is missing`);
    }
    if (viewRows !== storedBets)
      findings.push(`the view shows ${viewRows} bets, the batches hold ${storedBets}`);
    return findings;
  }

  /** One draw, and its result is the right one; stored before anybody was told. */
  #findWrongDraw(ledger: LedgerContent, isComplete: boolean): string[] {
    const { draws, winners, finishedAgencies, isSaleClosed } = ledger;
    const findings: string[] = [];
    const [draw] = draws;
    for (const [agency, payload] of this.#witness.wins) {
      if (payload !== this.#expected.wins.get(agency)) findings.push(`agency ${agency} was told a wrong WIN`);
      if (draw === undefined) findings.push(`agency ${agency} was told its WIN, and no draw is stored`);
    }
    if (draw === undefined) {
      if (isComplete || this.#drawnAt !== undefined) findings.push('the draw is gone');
      if (winners.size > 0) findings.push('there are winners without a draw');
      return findings;
    }
    if (draws.length > 1) findings.push(`there are ${draws.length} draws`);
    if (!isSaleClosed || finishedAgencies.length !== this.#expected.bets.size)
      findings.push('the draw came too early');
    if (draw.bets !== this.#expected.betCount) findings.push(`the draw was over ${draw.bets} bets`);
    this.#drawnAt ??= draw.drawnAt;
    if (this.#drawnAt !== draw.drawnAt) findings.push('the draw has run twice');
    for (const [agency, payload] of this.#expected.wins) {
      if ((winners.get(agency) ?? '') !== payload)
        findings.push(`agency ${agency}: wrong winners are stored`);
    }
    return findings;
  }
}

/** The batches of each segment fill it, joined with one byte, and say rightly how many bets they hold. */
function findGaps({ batches, segmentBytes }: LedgerContent): string[] {
  const findings: string[] = [];
  const ends = new Map<number, number>();
  for (const batch of batches) {
    const name = `batch ${batchKey(batch.agency, batch.batchId)}`;
    const start = ends.get(batch.segment) ?? 0;
    if (batch.offset !== start) findings.push(`${name} does not lie behind the one before it`);
    ends.set(batch.segment, batch.offset + batch.text.length + 1);
    if (!countsItsBets(batch)) findings.push(`${name} does not hold the bets that it says`);
  }
  for (const [segment, bytes] of segmentBytes) {
    if (ends.get(segment) !== bytes + 1) findings.push(`segment ${segment} is not filled by its batches`);
  }
  if (ends.size !== segmentBytes.size) findings.push('batches without their segment');
  return findings;
}

function countsItsBets({ agency, bets, lastBetId, text }: StoredBatch): boolean {
  const rows = text.split(';');
  return rows.length === bets && rows.at(-1)?.startsWith(`${agency},${lastBetId},`) === true;
}
