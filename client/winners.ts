import { OperationError, oneLine } from '../program/exit';
import { writePrivateFile } from '../program/whole_file';

/**
 * Lists the winners' documents, one a line: in the file, if one is named; on standard output, if it is a terminal.
 * Never in a log. Only its owner may read the file.
 *
 * @throws OperationError when the file cannot be written
 */
export async function writeWinners(file: string | undefined, documents: readonly string[]): Promise<void> {
  const lines = documents.map((document) => `${document}\n`).join('');
  if (process.stdout.isTTY) process.stdout.write(lines);
  if (file === undefined) return;
  try {
    await writePrivateFile(file, [lines]);
  } catch (error) {
    throw new OperationError(`${file}: cannot be written: ${oneLine(error)}`);
  }
}
