/** The agencies of a run. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { AgencyReport, readReport } from './agency_state';
import { ChildProgram } from '../child_program';
import { DataFile } from './data_files';

/** An agency that has been started. */
export interface AgencyProgram {
  readonly program: ChildProgram;
  /**
   * The documents of its winners, once it has exited with 0.
   *
   * Rejected with an OperationError when it fails.
   */
  readonly winners: Promise<readonly string[]>;
}

/** The file of an agency's winners, one a line, in the folder of the run; `*` stands for all agencies. */
export function winnersFile(runFolder: string, agency: number | '*'): string {
  return join(runFolder, `winners-agency-${agency}.txt`);
}

/** Where an agency writes the rows that it cannot send, with the reasons. */
export function rejectedFile(runFolder: string, agency: number): string {
  return join(runFolder, `rejected-agency-${agency}.csv`);
}

/** The log of an agency. */
export function agencyLog(runFolder: string, agency: number): string {
  return join(runFolder, `agency-${agency}.log`);
}

/**
 * Starts an agency.
 *
 * @param more further settings
 * @param onReport called with each report of the agency
 * @throws OperationError when it cannot be started
 */
export function startAgency(
  compiledFolder: string,
  runFolder: string,
  serverAddress: string,
  { agency, path }: DataFile,
  more: Readonly<Record<string, string>>,
  onReport: (report: AgencyReport) => void,
): AgencyProgram {
  const program = new ChildProgram({
    name: `agency ${agency}`,
    compiledFolder,
    module: join('bundled', 'client', 'main.js'),
    logFile: agencyLog(runFolder, agency),
    settings: {
      CLI_ID: String(agency),
      CLI_SERVER_ADDRESS: serverAddress,
      CLI_DATA_FILE: path,
      CLI_DATA_WINNERSFILE: winnersFile(runFolder, agency),
      CLI_DATA_REJECTEDFILE: rejectedFile(runFolder, agency),
      // Beside the data it would outlive the run.
      CLI_DATA_SOLDFILE: join(runFolder, `sold-agency-${agency}.json`),
      ...more,
    },
    onMessage: (message) => {
      const report = readReport(message);
      if (report !== undefined) onReport(report);
    },
  });
  return { program, winners: winnersOf(program, winnersFile(runFolder, agency)) };
}

/** The file is complete when the program exits; a long message on the channel may be cut off by the exit. */
async function winnersOf(program: ChildProgram, file: string): Promise<readonly string[]> {
  await program.ended;
  if (!program.isDone) throw program.failure();
  const text = await readFile(file, 'utf8').catch(() => {
    throw program.failure('it has ended without its winners');
  });
  return text.split('\n').filter((document) => document !== '');
}
