/** Makes a file of new random tokens: `npm run tokens -- --help`. */
import { once } from 'node:events';
import { existsSync } from 'node:fs';

import { ConfigurationError, EXIT_DONE, oneLine, OperationError, runProgram } from '../../program/exit';
import { writePrivateFile } from '../../program/whole_file';
import { readArguments, TokensPlan, USAGE } from './arguments';
import { tokensFile } from './tokens_file';

async function main(): Promise<number> {
  const plan = readArguments(process.argv.slice(2));
  if (plan === 'help') await print([USAGE]);
  else if (plan.out === undefined) await print(tokensFile(plan.agencies));
  else await write(plan.out, plan);
  return EXIT_DONE;
}

async function write(file: string, { agencies, mayReplace }: TokensPlan): Promise<void> {
  const isThere = existsSync(file);
  if (isThere && !mayReplace) {
    throw new ConfigurationError(
      `--out: ${file} is there already; --replace replaces it, and its tokens are lost`,
    );
  }
  try {
    await writePrivateFile(file, tokensFile(agencies));
  } catch (error) {
    throw new OperationError(`${file}: cannot be written: ${oneLine(error)}`);
  }
  const noun = agencies === 1 ? 'agency' : 'agencies';
  await print([`${file}: ${isThere ? 'replaced; ' : ''}tokens for the operator and ${agencies} ${noun}\n`]);
}

/** Writes to standard output, as fast as it is read. */
async function print(texts: Iterable<string>): Promise<void> {
  for (const text of texts) {
    if (!process.stdout.write(text)) await once(process.stdout, 'drain');
  }
  await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
}

void runProgram(main);
