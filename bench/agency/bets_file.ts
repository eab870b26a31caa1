/** A large file of bets, made of a small one. */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

const PIECE_ROWS = 100_000;

/**
 * Writes a file of so many rows: those of another, again and again.
 *
 * @param source a file of at least one row, a line each
 * @throws Error when the source has no row
 */
export function writeBetsFile(path: string, source: string, rows: number): void {
  const lines = readFileSync(source, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  if (lines.length === 0) throw new Error(`${source} has no rows`);
  const file = openSync(path, 'w');
  try {
    for (let written = 0; written < rows; written += PIECE_ROWS) {
      const count = Math.min(PIECE_ROWS, rows - written);
      const piece = Array.from({ length: count }, (_, index) => lines[(written + index) % lines.length]);
      writeSync(file, `${piece.join('\n')}\n`);
    }
  } finally {
    closeSync(file);
  }
}
