/** The agencies' files: a row for each bet, a bet's id is its row. */
import { join } from 'node:path';

import { writeWholeFile } from '../../program/whole_file';
import { type AgencyPlan, type Bet, agencyBets } from './agency_bets';
import { agencyFileName, preparePlaces } from './agency_places';
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
 * @param agencies the agencies of the plan whose files are written; all of them if left out
 * @throws OperationError when one of the files cannot be written, before any is; the file system's error; an
 *   AbortError when `stop` is aborted
 */
export async function writeAgencyFiles(
  plan: DataPlan,
  stop: AbortSignal,
  agencies: readonly number[] = numbersTo(plan.agencies),
): Promise<AgencyFile[]> {
  await preparePlaces(plan.out, agencies);
  return writeAll(plan, stop, agencies);
}

/** Like {@link writeAgencyFiles}, of the agencies of the plan that have no file in the folder. */
export async function writeMissingFiles(plan: DataPlan, stop: AbortSignal): Promise<AgencyFile[]> {
  const agencies = numbersTo(plan.agencies);
  const withFile = await preparePlaces(plan.out, agencies);
  return writeAll(
    plan,
    stop,
    agencies.filter((agency) => !withFile.has(agency)),
  );
}

async function writeAll(
  plan: DataPlan,
  stop: AbortSignal,
  agencies: readonly number[],
): Promise<AgencyFile[]> {
  const sizes = agencySizes(plan.agencies, plan.bets);
  const files: AgencyFile[] = [];
  for (const agency of agencies) {
    files.push(await writeAgencyFile(plan.out, { ...plan, agency, bets: sizes[agency - 1]! }, stop));
  }
  return files;
}

function numbersTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
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
  const name = agencyFileName(plan.agency);
  await writeWholeFile(join(folder, name), rows(), stop);
  return { name, bets: plan.bets, winners };
}
