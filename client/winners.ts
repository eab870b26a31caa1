import { rename, rm, writeFile } from 'node:fs/promises';

import { OperationError, oneLine } from '../program/exit';

/**
 * Lists the winners' documents, one a line: in the file, if one is named; on the screen, if somebody sits there.
 * Never in a log.
 *
 * @throws OperationError when the file cannot be written
 */
export async function writeWinners(file: string | undefined, documents: readonly string[]): Promise<void> {
  const lines = documents.map((document) => `${document}\n`).join('');
  if (process.stdout.isTTY) process.stdout.write(lines);
  if (file === undefined) return;
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, lines);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new OperationError(`${file}: cannot be written: ${oneLine(error)}`);
  }
}
