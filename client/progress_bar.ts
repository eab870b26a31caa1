import type { Progress, ProgressDisplay } from './progress';

const REFRESH_MS = 100;

/** A bar on the terminal: share of the file, bets, rate and time left. */
export async function showProgressBar(agency: number, current: () => Progress): Promise<ProgressDisplay> {
  // Loaded only if there is a terminal.
  const { SingleBar } = await import('cli-progress');
  const startedMs = performance.now();
  const bar = new SingleBar({
    format: `agency ${agency} [{bar}] {percentage} % | {bets} bets | {rate} bets/s | {left}`,
    stream: process.stderr,
    barsize: 30,
    hideCursor: true,
    clearOnComplete: false,
  });
  let rate = 0;
  let lastBets = 0;
  const show = (): void => {
    const { storedBets, readBytes, fileBytes } = current();
    const seconds = (performance.now() - startedMs) / 1_000;
    bar.setTotal(Math.max(fileBytes, 1));
    const isRead = readBytes >= fileBytes && fileBytes > 0;
    if (!isRead || storedBets !== lastBets) rate = Math.round(storedBets / seconds);
    lastBets = storedBets;
    bar.update(fileBytes === 0 ? 0 : readBytes, {
      bets: storedBets,
      rate,
      left: leftText(isRead, seconds, readBytes / fileBytes),
    });
  };
  bar.start(1, 0, { bets: 0, rate: 0, left: '' });
  const timer = setInterval(show, REFRESH_MS);
  return {
    close: () => {
      clearInterval(timer);
      show();
      bar.stop();
    },
  };
}

function leftText(isRead: boolean, seconds: number, share: number): string {
  if (isRead) return 'waiting for the draw';
  return share > 0 ? `${Math.ceil((seconds * (1 - share)) / share)} s left` : '';
}
