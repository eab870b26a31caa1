/** What an operator does with the HTTP door while bets come in over TCP: a page is open, and metrics are scraped. */
import { Agent, get, IncomingMessage } from 'node:http';

import { OperationError } from '../program/exit';

const HOST = '127.0.0.1';
const SCRAPE_INTERVAL_MS = 1_000;
/** Bytes that a page takes to be open: its feed has begun. */
const FEED_BEGIN = 'data:';

/** Someone who watches a server. */
export interface Watcher {
  /** How many events and scrapes came; both must grow for the figures to mean anything. */
  readonly seen: { readonly feedBytes: number; readonly scrapes: number };
  /** Goes away. */
  stop(): void;
}

/**
 * Opens the page's feed and scrapes the metrics each second, as the page and a Prometheus do.
 *
 * @throws OperationError when the server has neither
 */
export async function watchServer(port: number): Promise<Watcher> {
  const agent = new Agent({ keepAlive: true });
  const seen = { feedBytes: 0, scrapes: 0 };
  const feed = await open(port, '/events', agent);
  await new Promise<void>((resolve) => {
    feed.on('data', (bytes: Buffer) => {
      seen.feedBytes += bytes.length;
      if (bytes.includes(FEED_BEGIN)) resolve();
    });
  });
  const scrape = async (): Promise<void> => {
    const answer = await open(port, '/metrics', agent);
    answer.resume();
    answer.once('end', () => seen.scrapes++);
  };
  await scrape();
  const timer = setInterval(() => void scrape().catch(() => undefined), SCRAPE_INTERVAL_MS);
  return {
    seen,
    stop: () => {
      clearInterval(timer);
      feed.destroy();
      agent.destroy();
    },
  };
}

function open(port: number, path: string, agent: Agent): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = get({ host: HOST, port, path, agent }, (answer) => {
      answer.on('error', () => undefined);
      if (answer.statusCode === 200) return resolve(answer);
      answer.resume();
      reject(new OperationError(`${path} is answered ${answer.statusCode ?? 'nothing'}`));
    });
    request.on('error', reject);
  });
}
