/** Makes new random tokens, and changes some: `npm run tokens -- --help`. */
import { once } from 'node:events';
import { existsSync } from 'node:fs';

import { ConfigurationError, EXIT_DONE, oneLine, OperationError, runProgram } from '../../program/exit';
import { readTextFile } from '../../program/text_file';
import { writePrivateFile, writeWholeFile } from '../../program/whole_file';
import type { Party } from '../../server/doors/identity/party';
import { digestOf } from '../../server/doors/identity/tokens';
import { readTokensFile } from '../../server/doors/identity/tokens_file';
import { MAX_AGENCIES, readArguments, USAGE } from './arguments';
import { changed, TokensChange } from './changes';
import { allHolders, changedText, newText, newToken } from './tokens_text';

async function main(): Promise<number> {
  const plan = readArguments(process.argv.slice(2));
  if (plan === 'help') await print([USAGE]);
  else if (plan.task.kind === 'create') await create(plan.file, plan.task.agencies, plan.task.mayReplace);
  else await change(plan.file, plan.task);
  return EXIT_DONE;
}

async function create(file: string, agencies: number, mayReplace: boolean): Promise<void> {
  if (!mayReplace && existsSync(file)) {
    throw new ConfigurationError(
      `--out: ${file} is there already; --replace replaces it, and its tokens end; --renew renews some of them`,
    );
  }
  const tokens = new Map<Party, string>();
  const digests = new Map<Party, readonly string[]>();
  for (const holder of allHolders(agencies)) {
    const token = newToken();
    tokens.set(holder, token);
    digests.set(holder, [digestOf(token)]);
  }
  await writing(file, () => writePrivateFile(file, newText(digests)));
  await tell(file, 'holds the digests of these tokens, which are shown only now', tokens);
}

async function change(file: string, task: TokensChange): Promise<void> {
  const { digests: before } = readTokensFile(file, MAX_AGENCIES);
  const { digests, tokens, summary } = inFile(file, () => changed(before, task));
  const text = changedText(readTextFile(file).text, digests);
  await writing(file, () => writeWholeFile(file, [text]));
  await tell(file, summary, tokens);
}

async function writing(file: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    throw new OperationError(`${file}: cannot be written: ${oneLine(error)}`);
  }
}

function inFile<Result>(file: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw error instanceof ConfigurationError ? new ConfigurationError(`${file}: ${error.message}`) : error;
  }
}

/** Says what was done, in a comment, so that whoever reads the tokens can pass it over. */
async function tell(file: string, summary: string, tokens: ReadonlyMap<Party, string>): Promise<void> {
  await print([`# ${file}: ${summary}\n`]);
  await print(entries(tokens));
}

function* entries(tokens: ReadonlyMap<Party, string>): Generator<string, void> {
  for (const [holder, token] of tokens) yield `${holder} = ${token}\n`;
}

/** Writes to standard output, as fast as it is read. */
async function print(texts: Iterable<string>): Promise<void> {
  for (const text of texts) {
    if (!process.stdout.write(text)) await once(process.stdout, 'drain');
  }
  await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
}

void runProgram(main);
