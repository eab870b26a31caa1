import { Log } from '../program/log';
import { Progress, ProgressDisplay, report } from './progress';
import { barLine } from './progress_bar';
import { Terminal } from './terminal';

const LINE_INTERVAL_MS = 5_000;
const REPORT_INTERVAL_MS = 100;
const REFRESH_MS = 100;

/**
 * Chooses the display: reports to a parent that has opened a channel, a bar on a terminal, otherwise a line every
 * few seconds.
 */
export function showProgress(
  agency: number,
  current: () => Progress,
  log: Log,
  terminal: Terminal | undefined,
): ProgressDisplay {
  if (process.send !== undefined) {
    return every(REPORT_INTERVAL_MS, () => report({ kind: 'progress', ...current() }));
  }
  return terminal === undefined ? progressLines(current, log) : showProgressBar(agency, current, terminal);
}

/** A bar on the terminal: share of the bets, how many, rate and time left. */
function showProgressBar(agency: number, current: () => Progress, terminal: Terminal): ProgressDisplay {
  let startedMs = performance.now();
  let storedBefore = 0;
  terminal.show((columns) => {
    const progress = current();
    if (progress.totalBets === undefined || storedBefore === 0) {
      // The check, and what was stored by earlier runs, say nothing about the rate.
      startedMs = performance.now();
      storedBefore = progress.storedBets;
    }
    return barLine({ ...progress, agency, storedBefore, elapsedMs: performance.now() - startedMs }, columns);
  });
  const display = every(REFRESH_MS, () => terminal.draw());
  return {
    close: () => {
      display.close();
      terminal.keep();
    },
  };
}

function progressLines(current: () => Progress, log: Log): ProgressDisplay {
  let lastBets = current().storedBets;
  return every(LINE_INTERVAL_MS, () => {
    const { storedBets, totalBets, readBytes, fileBytes } = current();
    const perSecond = Math.round(((storedBets - lastBets) * 1_000) / LINE_INTERVAL_MS);
    lastBets = storedBets;
    log.info('progress', 'in_progress', {
      bets: storedBets,
      bets_per_second: perSecond,
      read_percent: percent(readBytes, fileBytes),
      ...(totalBets === undefined ? {} : { stored_percent: percent(storedBets, totalBets) }),
    });
  });
}

function percent(part: number, whole: number): number {
  return whole === 0 ? 100 : Math.min(100, Math.floor((part * 100) / whole));
}

function every(intervalMs: number, show: () => void): ProgressDisplay {
  const timer = setInterval(show, intervalMs);
  return {
    close: () => {
      clearInterval(timer);
    },
  };
}
