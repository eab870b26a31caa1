/** The pictures of the live page in docs/. */
import { join } from 'node:path';

import type { BrowserContextOptions } from 'playwright-core';

import { ROOT } from './built';
import { BAD_BATCH, betsOf, finishAll, PageStage, sell } from './page_stage';
import { tlsPortOf } from './programs';
import { call } from './raw_client';
import { TlsParties } from './tls_parties';
import { agencyLine, batch, bet } from './wire';

/** Those that sell: one more takes part, and is never seen. */
const AGENCIES = [1, 2, 3, 4, 5];
const ALL_AGENCIES = AGENCIES.length + 1;
/** Those that are connected with certificates while the pictures are made. */
const WITH_CERTIFICATES = ['agency-2', 'agency-3', 'operator'];
/** So long the sale goes on after the first FIN: the pictures are made meanwhile. */
const DEADLINE = { DRAW_DEADLINE: '15m', DRAW_DEADLINE_ACTION: 'draw' };
const WALL = { viewport: { width: 1_920, height: 1_080 } };
const PHONE = { viewport: { width: 360, height: 800 }, deviceScaleFactor: 2 };
/** So long there is something to be seen in the plots. */
const SALE_MS = 45_000;
/** How long bars and plots take to move to their places. */
const MOVING_MS = 1_500;

/** Sells on, faster and slower, until it is told to stop. */
async function sellOn(port: number, agency: number, mayGoOn: () => boolean): Promise<void> {
  for (let round = 1; mayGoOn(); round++) {
    await sell(port, agency, round * 20, Math.round(agency * (1.5 + Math.sin(round / 25 + agency))));
    await passed(100);
  }
}

async function refuseSome(port: number): Promise<void> {
  for (let count = 0; count < 3; count++) await call(port, BAD_BATCH);
  await call(port, batch(40, [bet(5, 1)]));
  await call(port, batch(40, betsOf(5, 40)));
}

async function picture(
  stage: PageStage,
  name: string,
  url: string,
  options: BrowserContextOptions,
): Promise<void> {
  const live = await stage.open(url, options);
  await passed(MOVING_MS);
  await live.page.screenshot({ path: join(ROOT, 'docs', `page-${name}.png`) });
}

const passed = (forMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, forMs));

/** Makes the pictures anew: of a sale on the wall and on a phone, in light and in dark, and of a draw. */
export async function makePictures(stage: PageStage): Promise<void> {
  const parties = await TlsParties.make({ authorityDays: 3_650, serverDays: 365 });
  try {
    await makePicturesOf(stage, parties);
  } finally {
    parties.close();
  }
}

async function makePicturesOf(stage: PageStage, parties: TlsParties): Promise<void> {
  const { server, port, url } = await stage.start(ALL_AGENCIES, 0, { ...DEADLINE, ...parties.settings });
  const tlsPort = await tlsPortOf(server);
  const finished = new Set<number>();
  const selling = AGENCIES.map((agency) => sellOn(port, agency, () => !finished.has(agency)));
  await passed(SALE_MS / 2);
  await refuseSome(port);
  finished.add(1).add(4);
  await Promise.all([selling[0], selling[3]]);
  for (const party of WITH_CERTIFICATES) {
    await parties.connect(tlsPort, `lottery:${party}`, { days: 365 });
    await passed(2_000);
  }
  for (const agency of finished) void call(port, agencyLine('FIN', agency)).catch(() => undefined);
  await passed(SALE_MS / 2);
  for (const colorScheme of ['dark', 'light'] as const) {
    await picture(stage, `wall-${colorScheme}`, url, { ...WALL, colorScheme });
    await picture(stage, `phone-${colorScheme}`, url, { ...PHONE, colorScheme });
  }
  for (const agency of AGENCIES) finished.add(agency);
  await Promise.all(selling);
  await finishAll(port, ALL_AGENCIES);
  await picture(stage, 'drawn-dark', url, { ...WALL, colorScheme: 'dark' });
}
