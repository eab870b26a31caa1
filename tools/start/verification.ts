/** Has the verifier check a run, for each agency, and tells what it says. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join, normalize, resolve } from 'node:path';

import { ledgerFolder } from '../server_program';
import { shellWord } from '../shell_word';
import { winnersFile } from './agency_program';
import { DataFile } from './data_files';
import { receiptsFolder } from './proofs';
import { KEPT_RUNS } from './run_folder';

/** The verifier ends with this when all that can be checked holds, but no outside clock says when. */
const WITHOUT_CLOCK = 3;
const TIMEOUT_MS = 600_000;
/** Commands for so many agencies are printed; those of the others are alike. */
export const MAX_COMMANDS = 5;
/** Where the verifier lies in the project, in which `npm run` starts it. */
const VERIFIER = join('verifier', 'verify.mjs');

/** A run that has ended. */
export interface VerifiedRun {
  /** The verifier's program. */
  readonly verifier: string;
  readonly runFolder: string;
  readonly files: readonly DataFile[];
  /** What the verifier is told to believe. */
  readonly policyFile: string;
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

/**
 * How to check the draw again: a command for each of the first {@link MAX_COMMANDS} agencies, on what was kept of the run. It
 * works when it is pasted in the project's folder.
 */
export function againText(run: VerifiedRun): string {
  const isHere = normalize(run.verifier) === VERIFIER;
  const place = (path: string): string => shellWord(isHere ? path : resolve(path));
  const commands = run.files.slice(0, MAX_COMMANDS).map((file) => {
    const options = optionsOf(run, file, place).map((words) => words.join(' '));
    return `  npm run verify -- ${options.join(' \\\n    ')}\n`;
  });
  const others = run.files.slice(MAX_COMMANDS).map(({ agency }) => agency);
  const more =
    others.length === 0
      ? ''
      : `for agencies ${others[0]!} to ${others.at(-1)!} the same, with their number in each place\n`;
  return (
    `\nto check it again yourself (the folder of this run is kept until there are ${KEPT_RUNS} newer ones):\n` +
    `${commands.join('')}${more}`
  );
}

/** What the verifier is asked: its options, with their values. @param place how a path is written */
function optionsOf(
  { runFolder, policyFile }: VerifiedRun,
  { agency, path }: DataFile,
  place: (path: string) => string,
): readonly (readonly [string, string])[] {
  return [
    ['--policy', place(policyFile)],
    ['--bundle', place(join(ledgerFolder(runFolder), 'log'))],
    ['--agency', String(agency)],
    ['--bets', place(path)],
    ['--receipts', place(receiptsFolder(runFolder, agency))],
    ['--winners', place(winnersFile(runFolder, agency))],
  ];
}

function verify(
  run: VerifiedRun,
  file: DataFile,
  stop: AbortSignal,
): Promise<{ readonly code: number; readonly output: string }> {
  const words = optionsOf(run, file, (path) => path).flat();
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [run.verifier, ...words],
      { timeout: TIMEOUT_MS, signal: stop },
      (error, output, errors) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        resolve({ code, output: output + errors });
      },
    );
  });
}
