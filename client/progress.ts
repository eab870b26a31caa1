import { Log } from '../program/log';
import { showProgressBar } from './progress_bar';

/** How far an agency has come. */
export interface Progress {
  /** Bets of this agency that the server has stored. */
  readonly storedBets: number;
  /** Rows that cannot be sent. */
  readonly leftOutRows: number;
  /** How much of the file was read, and all of it. */
  readonly readBytes: number;
  readonly fileBytes: number;
}

/** Shows how far the agency has come. */
export interface ProgressDisplay {
  /** Ends the display; the last state is shown. */
  close(): void;
}

/** Told to a parent process that has opened a channel: how far, and at the end the winners. */
export type ProgressReport =
  | ({ readonly kind: 'progress' } & Progress)
  | { readonly kind: 'winners'; readonly documents: readonly string[]; readonly leftOutRows: number };

const LINE_INTERVAL_MS = 5_000;
const REPORT_INTERVAL_MS = 100;

/**
 * Chooses the display: reports to a parent that has opened a channel, a bar on a terminal, otherwise a line every
 * few seconds.
 */
export async function showProgress(
  agency: number,
  current: () => Progress,
  log: Log,
): Promise<ProgressDisplay> {
  if (process.send !== undefined) {
    return every(REPORT_INTERVAL_MS, () => report({ kind: 'progress', ...current() }));
  }
  if (process.stderr.isTTY) {
    return showProgressBar(agency, current);
  }
  return progressLines(current, log);
}

/** Tells the parent process, if it has opened a channel. */
export function report(message: ProgressReport): void {
  // A parent that is gone is no reason to fail: the callback keeps the error from being thrown.
  if (process.connected) process.send?.(message, () => undefined);
}

function progressLines(current: () => Progress, log: Log): ProgressDisplay {
  let lastBets = current().storedBets;
  return every(LINE_INTERVAL_MS, () => {
    const { storedBets, readBytes, fileBytes } = current();
    const perSecond = Math.round(((storedBets - lastBets) * 1_000) / LINE_INTERVAL_MS);
    lastBets = storedBets;
    const percent = fileBytes === 0 ? 100 : Math.floor((readBytes * 100) / fileBytes);
    log.info('progress', 'in_progress', {
      bets: storedBets,
      bets_per_second: perSecond,
      read_percent: percent,
    });
  });
}

function every(intervalMs: number, show: () => void): ProgressDisplay {
  const timer = setInterval(show, intervalMs);
  return {
    close: () => {
      clearInterval(timer);
    },
  };
}
