import { Log } from '../program/log';
import { Progress, ProgressDisplay, report } from './progress';
import { showProgressBar } from './progress_bar';

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
