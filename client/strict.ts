import { BetMessageBuilder } from '../protocol/bet';
import { BetFile } from './bet_file';
import { appendRow } from './bet_row';
import { ReportRow } from './file_batches';

/**
 * Reads a whole file before anything of it is sent.
 *
 * @param report called for each row that cannot be sent
 * @throws OperationError when the file cannot be read or is no CSV
 */
export async function checkWholeFile(path: string, agency: number, report: ReportRow): Promise<void> {
  const file = await BetFile.open(path);
  const scratch = new BetMessageBuilder();
  try {
    let isMore = true;
    while (isMore) {
      isMore = await file.readChunk((columns, row, line, isSound) => {
        const problem = appendRow(scratch, agency, row, columns, isSound);
        scratch.clear();
        if (problem !== undefined) report({ row, line }, problem);
        return problem === undefined;
      });
    }
  } finally {
    await file.close();
  }
}
