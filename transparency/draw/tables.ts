/** The tables whose hashes stand in the seal and in the result: text, one line for each row. */

/** A row of the agencies' table. */
export interface AgencyRow {
  readonly agency: number;
  readonly batches: number;
  readonly bets: number;
  readonly isFinished: boolean;
  readonly chain: Uint8Array;
}

/** A row of the table of the agencies' winners. */
export interface WinnersRow {
  readonly agency: number;
  /** How many bets have won. */
  readonly winners: number;
  readonly commitment: Uint8Array;
}

/** What is sealed of each agency: `AGENCY BATCHES BETS finished|missing CHAIN`. @param rows of all agencies, ascending */
export function agenciesTable(rows: Iterable<AgencyRow>): Buffer {
  const lines = [];
  for (const { agency, batches, bets, isFinished, chain } of rows) {
    lines.push(`${agency} ${batches} ${bets} ${isFinished ? 'finished' : 'missing'} ${base64(chain)}\n`);
  }
  return Buffer.from(lines.join(''));
}

/** How many bets lie on each number that has some: `NUMBER COUNT`, ascending. @param counts by number */
export function numbersTable(counts: ArrayLike<number>): Buffer {
  const lines = [];
  for (let number = 0; number < counts.length; number++) {
    if (counts[number]! > 0) lines.push(`${number} ${counts[number]}\n`);
  }
  return Buffer.from(lines.join(''));
}

/** What each agency has won: `AGENCY WINNERS COMMITMENT`. @param rows of all agencies, ascending */
export function winnersTable(rows: Iterable<WinnersRow>): Buffer {
  const lines = [];
  for (const { agency, winners, commitment } of rows) {
    lines.push(`${agency} ${winners} ${base64(commitment)}\n`);
  }
  return Buffer.from(lines.join(''));
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
