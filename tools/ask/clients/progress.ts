import type { WriteStream } from 'node:tty';

import { showLines } from '../../bars';

const LINE_INTERVAL_MS = 1_000;

/**
 * Shows a text that changes: on a terminal in one line that is gone in the end, otherwise as a line every second.
 *
 * @returns a function that ends it
 */
export function showProgress(text: () => string, output: WriteStream): () => void {
  if (output.isTTY) return showLines([(columns) => text().slice(0, Math.max(columns - 1, 0))], output);
  const timer = setInterval(() => output.write(`${text()}\n`), LINE_INTERVAL_MS);
  return () => clearInterval(timer);
}
