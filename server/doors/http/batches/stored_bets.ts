/** What is stored of a batch, as an answer tells it. */
import { csvField } from './csv_batch';

/** A bet as JSON has it. */
export interface JsonStoredBet {
  readonly bet_id: number;
  readonly first_name: string;
  readonly last_name: string;
  readonly document: string;
  readonly birthdate: string;
  readonly number: number;
}

/**
 * The bets as a CSV body: given again for the same batch, it is the same batch.
 *
 * @param text checked bets joined with `;`, as the ledger has them
 */
export function storedAsCsv(text: Buffer): string {
  return betsOf(text)
    .map(([, ...columns]) => `${columns.map(csvField).join(',')}\n`)
    .join('');
}

/**
 * The bets as JSON; numbers lose their leading zeros.
 *
 * @param text checked bets joined with `;`, as the ledger has them
 */
export function storedAsJson(text: Buffer): JsonStoredBet[] {
  return betsOf(text).map(
    ([, betId, firstName = '', lastName = '', document = '', birthdate = '', number]) => ({
      bet_id: Number(betId),
      first_name: firstName,
      last_name: lastName,
      document,
      birthdate,
      number: Number(number),
    }),
  );
}

function betsOf(text: Buffer): string[][] {
  return text
    .toString()
    .split(';')
    .map((bet) => bet.split(','));
}
