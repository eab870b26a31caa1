/** What is shown while the agencies send. */
import type { WriteStream } from 'node:tty';

import { AgencyState, totalExtent } from './agency_state';
import { ChangingLine, showLines } from '../bars';
import { barLine, furthestBehind, progressLine } from './progress_text';
import { Watchers } from './run';

/** With more agencies there is one bar for all, and some for those that are furthest behind. */
const MAX_BARS = 20;
const MAX_BARS_BEHIND = 8;
/** Below the bars, the cursor needs a line. */
const LINES_BELOW_BARS = 1;
const LINE_INTERVAL_MS = 1_000;
const DEFAULT_TERMINAL_ROWS = 24;

/**
 * Says where the page is, and shows the agencies' progress: on a terminal a bar for each (if they are too many, one for
 * all and those that are furthest behind), otherwise a line every second.
 *
 * @param stays whether the page is there after the draw
 */
export function watchOn(output: WriteStream, stays: boolean): Watchers['watch'] {
  return (states, elapsedMs, page) => {
    const howLong = stays ? '' : ', until the draw';
    if (page !== undefined) output.write(`to watch it in a browser${howLong}: ${page}\n`);
    return output.isTTY
      ? showLines(linesFor(states, elapsedMs, output.rows || DEFAULT_TERMINAL_ROWS), output)
      : writeLines(states, elapsedMs, output);
  };
}

/** The lines on a terminal with this many rows. */
export function linesFor(
  states: readonly AgencyState[],
  elapsedMs: () => number,
  terminalRows: number,
): readonly ChangingLine[] {
  const room = Math.max(terminalRows - LINES_BELOW_BARS, 1);
  if (states.length <= Math.min(MAX_BARS, room)) {
    return states.map((state) => (columns) => agencyLine(state, states.length, elapsedMs(), columns));
  }
  const total: ChangingLine = (columns) =>
    barLine(`${states.length} agencies`, totalExtent(states, elapsedMs()), columns);
  const behind = Array.from(
    { length: Math.min(MAX_BARS_BEHIND, room - 1) },
    (_, place): ChangingLine =>
      (columns) => {
        const state = furthestBehind(states, elapsedMs())[place];
        return state === undefined ? '' : agencyLine(state, states.length, elapsedMs(), columns);
      },
  );
  return [total, ...behind];
}

function agencyLine(state: AgencyState, agencies: number, nowMs: number, columns: number): string {
  const label = `agency ${String(state.agency).padStart(String(agencies).length)}`;
  if (state.failure !== undefined) return `${label} has failed`.slice(0, Math.max(columns - 1, 0));
  return barLine(label, state.extent(nowMs), columns);
}

function writeLines(
  states: readonly AgencyState[],
  elapsedMs: () => number,
  output: WriteStream,
): () => void {
  const timer = setInterval(() => {
    const nowMs = elapsedMs();
    output.write(`${progressLine(states, totalExtent(states, nowMs), nowMs)}\n`);
  }, LINE_INTERVAL_MS);
  return () => clearInterval(timer);
}
