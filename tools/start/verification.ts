/** Has the verifier check a run, for each agency, and tells what it says. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { ledgerFolder } from '../server_program';
import { winnersFile } from './agency_program';
import { DataFile } from './data_files';
import { Proofs, receiptsFolder } from './proofs';

/** The verifier ends with this when all that can be checked holds, but no outside clock says when. */
const WITHOUT_CLOCK = 3;
const TIMEOUT_MS = 600_000;

/** A run that has ended. */
export interface VerifiedRun {
  /** The verifier's program. */
  readonly verifier: string;
  readonly runFolder: string;
  readonly files: readonly DataFile[];
  readonly proofs: Proofs;
}

/**
 * Checks the draw for each agency. What the verifier says for one is printed whole, for the others its last line; all of it
 * lies in the folder of the run.
 *
 * @param print takes a part of the output
 * @param stop ends it early
 * @returns whether every check held
 */
export async function verifyRun(
  run: VerifiedRun,
  print: (text: string) => void,
  stop: AbortSignal,
): Promise<boolean> {
  const [first] = run.files;
  let isRight = true;
  for (const file of run.files) {
    const { code, output } = await verify(run, file, stop);
    if (stop.aborted) return true;
    await writeFile(join(run.runFolder, `verified-agency-${file.agency}.txt`), output);
    const isGood = code === 0 || code === WITHOUT_CLOCK;
    isRight &&= isGood;
    if (file === first || !isGood) print(`\n${output}\n`);
    print(`agency ${file.agency}: ${output.trimEnd().split('\n').at(-1) ?? ''}\n`);
  }
  return isRight;
}

function verify(
  { verifier, runFolder, proofs }: VerifiedRun,
  { agency, path }: DataFile,
  stop: AbortSignal,
): Promise<{ readonly code: number; readonly output: string }> {
  const words = [
    ...['--policy', proofs.policyFile, '--bundle', join(ledgerFolder(runFolder), 'log')],
    ...['--agency', String(agency), '--bets', path],
    ...['--receipts', receiptsFolder(runFolder, agency), '--winners', winnersFile(runFolder, agency)],
  ];
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [verifier, ...words],
      { timeout: TIMEOUT_MS, signal: stop },
      (error, output, errors) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        resolve({ code, output: output + errors });
      },
    );
  });
}
