/** The ledger of a server that has stopped, read in plain SQL. */
import { readLedgerFile } from '../../support/ledger_file';

/** How many bets the view `bets` shows. */
export function countBets(folder: string): number {
  return readLedgerFile(folder, (database) =>
    Number(database.prepare('SELECT count(*) FROM bets').pluck().get()),
  );
}

/** Every bet of the view `bets` as it would stand on the wire, `agency,bet_id,…`, in the order of agency and id. */
export function betLines(folder: string): string[] {
  const select = `SELECT agency, bet_id, first_name, last_name, document, birthdate, number
    FROM bets ORDER BY agency, bet_id`;
  return readLedgerFile(folder, (database) =>
    database
      .prepare<[], (string | number)[]>(select)
      .raw()
      .all()
      .map((columns) => columns.join(',')),
  );
}

/** The text of each stored batch, one character for each byte, by `agency,batch_id`. */
export function storedBatches(folder: string): Map<string, string> {
  const select = `SELECT agency || ',' || batch_id AS key, substr(text, byte_offset + 1, byte_length) AS bytes
    FROM batches JOIN segments ON sequence = segment`;
  return readLedgerFile(folder, (database) => {
    const rows = database.prepare<[], { key: string; bytes: Buffer }>(select).all();
    return new Map(rows.map(({ key, bytes }) => [key, bytes.toString('latin1')]));
  });
}
