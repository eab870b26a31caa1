/** The stored bets of a batch, as the body of an answer. */
import { csvField } from './csv_batch';

/** A bet in JSON. */
export interface JsonStoredBet {
  readonly bet_id: number;
  readonly first_name: string;
  readonly last_name: string;
  readonly document: string;
  readonly birthdate: string;
  readonly number: number;
}

/**
 * The bets as a CSV body. Sent again under the same id, it is the same batch.
 *
 * @param text checked bets joined with `;`, as the ledger stores them
 */
export function storedAsCsv(text: Buffer): string {
  return betsOf(text)
    .map(([, ...columns]) => `${columns.map(csvField).join(',')}\n`)
    .join('');
}

/**
 * The bets as JSON; numbers lose their leading zeros.
 *
 * @param text checked bets joined with `;`, as the ledger stores them
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
