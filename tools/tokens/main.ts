/** Prints a file of new random tokens: `npm run tokens -- --help`. */
import { once } from 'node:events';

import { EXIT_DONE, runProgram } from '../../program/exit';
import { readArguments, USAGE } from './arguments';
import { tokensFile } from './tokens_file';

async function main(): Promise<number> {
  const agencies = readArguments(process.argv.slice(2));
  if (agencies === 'help') await print([USAGE]);
  else await print(tokensFile(agencies));
  return EXIT_DONE;
}

/** Writes to standard output, as fast as it is read. */
async function print(texts: Iterable<string>): Promise<void> {
  for (const text of texts) {
    if (!process.stdout.write(text)) await once(process.stdout, 'drain');
  }
  await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
}

void runProgram(main);
