/** The agencies' files: a row for each bet, a bet's id is its row. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { writeWholeFile } from '../../program/whole_file';
import { type AgencyPlan, type Bet, agencyBets } from './agency_bets';
import { agencySizes } from './agency_sizes';

/** Which files to generate. */
export interface DataPlan {
  /** How many files, from 1 on. */
  readonly agencies: number;
  /** How many bets in all files together. */
  readonly bets: number;
  /** 0 to 4,294,967,295; the same seed gives the same bytes. */
  readonly seed: number;
  /** The folder of the files; created if it is missing. */
  readonly out: string;
  /** 0 to 9999. */
  readonly winnerNumber: number;
}

/** What a file contains. */
export interface AgencyFile {
  readonly name: string;
  readonly bets: number;
  /** The bets on the winner number. */
  readonly winners: number;
}

/**
 * Writes `agency-1.csv`, `agency-2.csv`, … one after another, each whole or not at all. Other files in the folder are
 * left as they are.
 *
 * @throws the file system's error, or an AbortError when `stop` is aborted
 */
export async function writeAgencyFiles(plan: DataPlan, stop: AbortSignal): Promise<AgencyFile[]> {
  await mkdir(plan.out, { recursive: true });
  const files: AgencyFile[] = [];
  for (const [index, bets] of agencySizes(plan.agencies, plan.bets).entries()) {
    files.push(await writeAgencyFile(plan.out, { ...plan, agency: index + 1, bets }, stop));
  }
  return files;
}

/** The row of a bet, including its line feed. */
export function row({ person, number }: Bet): string {
  return `${person.firstName},${person.lastName},${person.document},${person.birthdate},${number}\n`;
}

async function writeAgencyFile(folder: string, plan: AgencyPlan, stop: AbortSignal): Promise<AgencyFile> {
  let winners = 0;
  function* rows(): Generator<string, void> {
    for (const bet of agencyBets(plan)) {
      if (bet.number === plan.winnerNumber) winners++;
      yield row(bet);
    }
  }
  const name = `agency-${plan.agency}.csv`;
  await writeWholeFile(join(folder, name), rows(), stop);
  return { name, bets: plan.bets, winners };
}
