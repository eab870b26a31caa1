/** A lottery whose every bet is known beforehand: the agencies' files, and what each batch must hold. */
import { writeFileSync } from 'node:fs';

import { Random } from '../../../tools/random';

/** What the scene's lottery is like. */
export interface SceneSize {
  readonly agencies: number;
  readonly batches: number;
  readonly betsInBatch: number;
}

const WINNER_NUMBER = 7574;
const FIRST_NAMES = ['Ana', 'José', 'Ñandú', "D'Arcy", '100%', 'Æthelred', '日本', 'a\\b', '[1]', '{x}'];
const LAST_NAMES = ['Paz', 'Pérez', 'de la Cruz', 'O’Brien', '%s', '<b>', '&amp', '\\n', 'null', ']]'];

/** The id of a batch that no agency sends: to try whether a ledger takes more. */
export const EXTRA_BATCH_ID = 90_000_000;

export class Scene {
  readonly size: SceneSize;
  readonly terms: { readonly agencies: number; readonly winnerNumber: number };
  /** For each agency, the rows of its file. */
  readonly #rows: string[][] = [];

  constructor(size: SceneSize, random: Random) {
    this.size = size;
    this.terms = { agencies: size.agencies, winnerNumber: WINNER_NUMBER };
    for (let agency = 1; agency <= size.agencies; agency++) {
      const count = size.batches * size.betsInBatch;
      this.#rows.push(Array.from({ length: count }, (_, index) => makeRow(agency, index, random)));
    }
  }

  get agencies(): readonly number[] {
    return this.#rows.map((_, index) => index + 1);
  }

  /** Writes an agency's file. */
  writeFile(agency: number, file: string): void {
    writeFileSync(file, `${this.#rows[agency - 1]!.join('\n')}\n`);
  }

  /** The bets of a batch as the wire has them; `undefined` when no agency sends it. */
  textOf(agency: number, batchId: number): string | undefined {
    if (batchId === EXTRA_BATCH_ID) return `${agency},${EXTRA_BATCH_ID},Extra,Bet,1,2000-01-01,1`;
    const { betsInBatch } = this.size;
    const rows = this.#rows[agency - 1]?.slice((batchId - 1) * betsInBatch, batchId * betsInBatch) ?? [];
    if (rows.length === 0) return undefined;
    return rows.map((row, index) => `${agency},${(batchId - 1) * betsInBatch + index + 1},${row}`).join(';');
  }

  /** The documents of an agency's winners as its WIN must have them. */
  winnersOf(agency: number): string {
    const rows = this.#rows[agency - 1]!.map((row) => row.split(','));
    return rows
      .filter((row) => Number(row[4]) === WINNER_NUMBER)
      .map((row) => row[2]!)
      .join(',');
  }

  /**
   * Which agency must get these winners.
   *
   * @throws Error when it is none
   */
  agencyOfWin(documents: string): number {
    const agency = this.agencies.find((id) => this.winnersOf(id) === documents);
    if (agency === undefined) throw new Error(`a WIN that is no agency's: ${documents}`);
    return agency;
  }
}

/** A document names its agency and row, and the first row wins: so no two agencies have the same winners. */
function makeRow(agency: number, index: number, random: Random): string {
  const number = index === 0 || random.chance(50) ? WINNER_NUMBER : random.below(7_000);
  const day = String(1 + random.below(28)).padStart(2, '0');
  const document = `${agency}${String(index + 1).padStart(7, '0')}`;
  return `${random.pick(FIRST_NAMES)},${random.pick(LAST_NAMES)},${document},19${10 + random.below(90)}-0${1 + random.below(9)}-${day},${number}`;
}
