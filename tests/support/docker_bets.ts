/** Bet files for container tests. */
import { readFileSync, writeFileSync } from 'node:fs';

/** The number that wins when nothing else is configured. */
const WINNER_NUMBER = 7574;
/** One bet in so many is on it. */
const WINNER_INTERVAL = 97;

/** Writes an agency's file with so many bets, other people in each agency. */
export function writeBets(path: string, agency: number, count: number): void {
  const rows = Array.from({ length: count }, (_, index) => {
    const number = index % WINNER_INTERVAL === agency ? WINNER_NUMBER : index % WINNER_NUMBER;
    return `Íñigo ${index},de la Peña,${agency * 10_000_000 + index},19${10 + (index % 90)}-02-28,${number}\n`;
  });
  writeFileSync(path, rows.join(''));
}

/** The rows of a file, in order: bet 1 is the first. */
export function rowsOf(path: string): string[] {
  return readFileSync(path, 'utf8').trimEnd().split('\n');
}
