/** Lines on a terminal that change. */
import type { WriteStream } from 'node:tty';

import { MultiBar } from 'cli-progress';

/** A line, made anew each time for the width that the terminal has then. */
export type ChangingLine = (columns: number) => string;

const REFRESH_MS = 100;
const DEFAULT_TERMINAL_COLUMNS = 80;

/**
 * Shows the lines, one below the other.
 *
 * @returns a function that ends it: the lines are cleared, and the cursor is where they began
 */
export function showLines(lines: readonly ChangingLine[], output: WriteStream): () => void {
  const screen = new MultiBar({
    stream: output,
    format: (_options, _params, { line }: { readonly line: string }) => line,
    hideCursor: true,
    clearOnComplete: true,
    fps: 1_000 / REFRESH_MS,
  });
  const current = (line: ChangingLine): { line: string } => ({
    line: line(output.columns || DEFAULT_TERMINAL_COLUMNS),
  });
  const shown = lines.map((line) => ({ line, bar: screen.create(1, 0, current(line)) }));
  const timer = setInterval(() => {
    for (const { line, bar } of shown) bar.update(current(line));
  }, REFRESH_MS);
  return () => {
    clearInterval(timer);
    screen.stop();
  };
}
