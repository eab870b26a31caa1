/** Bars on a terminal. */
import type { WriteStream } from 'node:tty';

import { MultiBar } from 'cli-progress';

import { grouped } from '../table';
import { Extent } from './agency_state';

/** A bar: its label, and how full it is. */
export interface Bar {
  readonly label: string;
  readonly extent: () => Extent;
}

const REFRESH_MS = 100;
/** Wide enough for 9,999,999. */
const NUMBER_WIDTH = 9;
const LONGEST_BAR = 60;
const SHORTEST_BAR = 10;
const DEFAULT_TERMINAL_COLUMNS = 80;

/** How many columns are left for a bar after a label of this length, on a terminal of this width. */
export function barSize(labelLength: number, terminalColumns: number): number {
  const text = ` 100 %  ${' '.repeat(NUMBER_WIDTH)} bets  ${' '.repeat(NUMBER_WIDTH)} bets/s`;
  const left = terminalColumns - labelLength - ' '.length - text.length - 1;
  return Math.max(SHORTEST_BAR, Math.min(LONGEST_BAR, left));
}

/**
 * Shows the bars, one below the other.
 *
 * @returns a function that ends it: the bars are cleared, and the cursor is where they began
 */
export function showBars(bars: readonly Bar[], output: WriteStream): () => void {
  const labelLength = bars.reduce((length, { label }) => Math.max(length, label.length), 0);
  const screen = new MultiBar({
    stream: output,
    format: '{label} {bar} {percentage} %  {bets} bets  {rate} bets/s',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: barSize(labelLength, output.columns || DEFAULT_TERMINAL_COLUMNS),
    autopadding: true,
    hideCursor: true,
    clearOnComplete: true,
    fps: 1_000 / REFRESH_MS,
  });
  const shown = bars.map(({ label, extent }) => ({
    extent,
    bar: screen.create(1, 0, { label, ...numbers(extent()) }),
  }));
  const timer = setInterval(() => {
    for (const { extent, bar } of shown) {
      const current = extent();
      bar.setTotal(Math.max(current.fileBytes, 1));
      bar.update(current.fileBytes === 0 ? 1 : current.readBytes, numbers(current));
    }
  }, REFRESH_MS);
  return () => {
    clearInterval(timer);
    screen.stop();
  };
}

function numbers({ storedBets, betsPerSecond }: Extent): { bets: string; rate: string } {
  return {
    bets: grouped(storedBets).padStart(NUMBER_WIDTH),
    rate: grouped(betsPerSecond).padStart(NUMBER_WIDTH),
  };
}
