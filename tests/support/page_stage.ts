/** A server with its live page, the browsers that show it, and the agencies that sell bets. */
import type { Browser, BrowserContextOptions } from 'playwright-core';

import { LivePage, startChromium } from './browser';
import { readLedgerFile } from './ledger_file';
import { httpPortOf, Program, Stage } from './programs';
import { call, RawClient } from './raw_client';
import { agencyLine, batch, bet, rawBet } from './wire';

const WINNER_NUMBER = 7574;
const BETS_IN_BATCH = 100;
/** One bet of so many wins. */
const BETS_FOR_A_WINNER = 50;

/** A BET that is refused: its bet has no number. */
export const BAD_BATCH = rawBet(90, 1, ';1,1,No,Number,1,1990-02-28,');

const counted = new Intl.NumberFormat('en');

/** A server that runs. */
export interface Running {
  readonly server: Program;
  readonly port: number;
  readonly httpPort: number;
  readonly url: string;
}

/** What stands in the ledger's file, written as the page writes numbers. */
export interface Stored {
  readonly total: string;
  /** For each agency its bets, and those that win. */
  readonly bets: readonly string[];
  readonly winners: readonly string[];
}

/** A hundred bets of an agency, of which two win. */
export function betsOf(agency: number, batchId: number): string[] {
  return Array.from({ length: BETS_IN_BATCH }, (_, index) => {
    const betId = batchId * BETS_IN_BATCH + index;
    return bet(agency, betId, undefined, betId % BETS_FOR_A_WINNER === 0 ? WINNER_NUMBER : betId % 7_000);
  });
}

/** Sends batches of an agency, and waits until all are stored. */
export async function sell(
  port: number,
  agency: number,
  firstBatchId: number,
  batches: number,
): Promise<void> {
  const client = await RawClient.open(port);
  for (let batchId = firstBatchId; batchId < firstBatchId + batches; batchId++) {
    client.write(batch(batchId, betsOf(agency, batchId)));
  }
  for (let count = 0; count < batches; count++) {
    const reply = await client.readReply();
    if (!reply.startsWith('ACK')) throw new Error(`a batch was not stored: ${reply}`);
  }
  client.close();
}

/** Sends every agency's FIN, and waits until all have their winners. */
export async function finishAll(port: number, agencies: number): Promise<void> {
  const fins = Array.from({ length: agencies }, (_, index) => call(port, agencyLine('FIN', index + 1)));
  const wins = await Promise.all(fins);
  if (!wins.every((win) => win.startsWith('WIN'))) throw new Error(`a FIN was refused: ${wins.join(' ')}`);
}

/** Everything that a test of the page needs; ended and removed together. */
export class PageStage {
  #browser: Browser | undefined;
  #stage = new Stage();
  #pages: LivePage[] = [];

  /** Starts a server on free ports (or the port of the page that is named). @param settings more of them */
  async start(agencies: number, httpPort = 0, settings: Record<string, string> = {}): Promise<Running> {
    const { server, port } = await this.#stage.startServer({
      AGENCIES: String(agencies),
      LOTTERY_WINNER_NUMBER: String(WINNER_NUMBER),
      HTTP_PORT: String(httpPort),
      ...settings,
    });
    const taken = await httpPortOf(server);
    return { server, port, httpPort: taken, url: `http://127.0.0.1:${taken}/` };
  }

  /** Opens the page, and waits until it is live. @param before runs in the page before its own scripts */
  async open(url: string, options?: BrowserContextOptions, before?: string): Promise<LivePage> {
    this.#browser ??= await startChromium();
    const live = await LivePage.open(this.#browser, url, options, before);
    this.#pages.push(live);
    return live;
  }

  /** Opens the page in another tab of the same browser, beside one that is open. */
  async openTab(beside: LivePage, url: string): Promise<LivePage> {
    const live = await beside.openTab(url);
    this.#pages.push(live);
    return live;
  }

  /** What stands in the ledger. */
  stored(agencies: number): Stored {
    const rows = readLedgerFile(this.#stage.path('ledger'), (database) =>
      database
        .prepare<[number], { agency: number; bets: number; winners: number }>(
          'SELECT agency, count(*) AS bets, sum(number = ?) AS winners FROM bets GROUP BY agency',
        )
        .all(WINNER_NUMBER),
    );
    const of = (key: 'bets' | 'winners'): string[] =>
      Array.from({ length: agencies }, (_, index) =>
        counted.format(rows.find(({ agency }) => agency === index + 1)?.[key] ?? 0),
      );
    const total = rows.reduce((sum, row) => sum + row.bets, 0);
    return { total: counted.format(total), bets: of('bets'), winners: of('winners') };
  }

  /** Ends the servers and pages of a test. The browser stays for the next one. */
  async clear(): Promise<void> {
    for (const page of this.#pages.splice(0)) await page.close();
    await this.#stage.close();
    this.#stage = new Stage();
  }

  /** Ends the browser too. */
  async close(): Promise<void> {
    await this.clear();
    await this.#stage.close();
    await this.#browser?.close();
  }
}
