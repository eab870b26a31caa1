/** What is shown while the agencies send. */
import type { WriteStream } from 'node:tty';

import { grouped } from '../table';
import { AgencyState, Extent, totalExtent } from './agency_state';
import { Bar, showBars } from './bars';
import { Watch } from './run';

/** With more agencies there is one bar for all. */
const MAX_BARS = 20;
/** Below the bars, the cursor needs a line. */
const LINES_BELOW_BARS = 1;
const LINE_INTERVAL_MS = 1_000;
const DEFAULT_TERMINAL_ROWS = 24;

/**
 * Says where the page is, and shows the agencies' progress: on a terminal a bar for each (one for all if they are too
 * many), otherwise a line every second.
 */
export function watchOn(output: WriteStream): Watch {
  return (states, elapsedMs, page) => {
    if (page !== undefined) output.write(`to watch it in a browser: ${page}\n`);
    return output.isTTY
      ? showBars(barsOf(states, elapsedMs, output), output)
      : showLines(states, elapsedMs, output);
  };
}

/** Whether each of this many agencies gets its own bar on a terminal with this many rows. */
export function hasBarForEach(agencies: number, terminalRows: number): boolean {
  return agencies <= Math.min(MAX_BARS, terminalRows - LINES_BELOW_BARS);
}

/** The line that is written without a terminal. */
export function progressLine({ readBytes, fileBytes, storedBets, betsPerSecond }: Extent): string {
  const percent = fileBytes === 0 ? 100 : Math.floor((readBytes * 100) / fileBytes);
  return `${percent} % read, ${grouped(storedBets)} bets stored, ${grouped(betsPerSecond)} bets/s`;
}

function barsOf(
  states: readonly AgencyState[],
  elapsedMs: () => number,
  output: WriteStream,
): readonly Bar[] {
  if (!hasBarForEach(states.length, output.rows || DEFAULT_TERMINAL_ROWS)) {
    return [{ label: `${states.length} agencies`, extent: () => totalExtent(states, elapsedMs()) }];
  }
  const width = String(states.length).length;
  return states.map((state) => ({
    label: `agency ${String(state.agency).padStart(width)}`,
    extent: () => state.extent(elapsedMs()),
  }));
}

function showLines(states: readonly AgencyState[], elapsedMs: () => number, output: WriteStream): () => void {
  const timer = setInterval(() => {
    output.write(`${progressLine(totalExtent(states, elapsedMs()))}\n`);
  }, LINE_INTERVAL_MS);
  return () => clearInterval(timer);
}
