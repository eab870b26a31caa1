/** The live page, in a real browser on a real server. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { once } from 'node:events';
import { createServer } from 'node:http';

import { CHROMIUM_ABSENCE, describeWithChromium, REQUIRE_CHROMIUM } from '../support/browser';
import { makeLogKey } from '../support/log_key';
import { BAD_BATCH, betsOf, finishAll, PageStage, sell } from '../support/page_stage';
import { tlsPortOf } from '../support/programs';
import { call, RawClient } from '../support/raw_client';
import { TlsParties } from '../support/tls_parties';
import { agencyLine, batch } from '../support/wire';

// Beside being said, this lets the others be listed by name: a file that is skipped as a whole is passed over.
test(CHROMIUM_ABSENCE === undefined ? 'there is a browser' : `no browser: ${CHROMIUM_ABSENCE}`, () => {
  if (CHROMIUM_ABSENCE !== undefined && REQUIRE_CHROMIUM) {
    throw new Error(`REQUIRE_CHROMIUM=1, but ${CHROMIUM_ABSENCE}`);
  }
});

/** How many feeds the server has open: its connections over HTTP that do not end. */
async function feedsOf(httpPort: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${httpPort}/metrics`)).text();
  return Number(/^lottery_feeds (\d+)$/m.exec(text)?.[1]);
}

async function untilFeeds(httpPort: number, count: number): Promise<void> {
  while ((await feedsOf(httpPort)) !== count) await new Promise((resolve) => setTimeout(resolve, 50));
}

describeWithChromium('the live page', () => {
  const stage = new PageStage();
  afterEach(() => stage.clear());
  afterAll(() => stage.close());

  test('has the numbers of the ledger while agencies bet, what was refused, and the draw', async () => {
    const { port, url } = await stage.start(3);
    const live = await stage.open(url);
    expect(await live.agencies('bets')).toEqual(['0', '0', '0']);
    for (const firstBatchId of [1, 11]) {
      await Promise.all([1, 2, 3].map((agency) => sell(port, agency, firstBatchId, 3 * agency)));
      const { total, bets: expected } = stage.stored(3);
      await live.untilText('#total-bets', total);
      expect(await live.agencies('bets')).toEqual(expected);
    }
    expect(await live.agencies('batches')).toEqual(['6', '12', '18']);
    await live.page.locator('#bets-plot .u-over').hover();
    await live.page.locator('#bets-reading', { hasText: /^[\d,]+ at \d\d:\d\d:\d\d$/ }).waitFor();

    expect(await call(port, BAD_BATCH)).toMatch(/^ERR,\d{8}90,bad-batch/);
    await live.untilText('#refusal-rows .number', '1');
    await live.untilText('#refusal-rows .reason', 'bad-batch a batch or a bet in it is not valid');
    expect(await call(port, batch(1, betsOf(1, 1)))).toMatch(/^ACK/);
    await live.untilText('#repeated', '1 batch came again, and counted once.');

    await finishAll(port, 3);
    const { total, winners } = stage.stored(3);
    await live.untilText('#phase', 'Drawn');
    expect(await live.agencies('winners')).toEqual(winners);
    const sum = winners.reduce((all, each) => all + Number(each), 0);
    expect(sum).toBeGreaterThan(0);
    await live.untilText('#draw-outcome', `${sum} winning bets`);
    await live.untilText('#announcement', `The draw: ${sum} winning bets, of ${total}`);
    expect(await live.agencies('state')).toEqual(['finished', 'finished', 'finished']);
    expect(await live.page.title()).toBe(`Drawn · ${total} bets · Lottery`);
    expect(live.complaints).toEqual([]);

    const late = await stage.open(url);
    expect(await late.agencies('winners')).toEqual(winners);
    await late.untilText('#total-bets', total);
  });

  test('says that the server is gone, and goes on by itself when it is back', async () => {
    const first = await stage.start(3);
    const live = await stage.open(first.url);
    await sell(first.port, 1, 1, 5);
    await live.untilText('#total-bets', '500');
    first.server.signal('SIGKILL');
    await live.untilFeed('lost');
    await live.untilText('#warning', /^The server does not answer; trying again\. These numbers are /);
    expect(await live.page.title()).toBe('Lost · Lottery');
    await live.untilText('#total-bets', '500');
    await first.server.exit;

    const second = await stage.start(3, first.httpPort);
    await live.untilFeed('live');
    expect(await live.agencies('bets')).toEqual(stage.stored(3).bets);
    await sell(second.port, 2, 1, 7);
    await live.untilText('#total-bets', '1,200');
    expect(await live.agencies('bets')).toEqual(stage.stored(3).bets);
    await live.untilHidden('#warning');
    expect(live.complaintsBesideNetwork).toEqual([]);
  });

  test('asks again when the browser has given the feed up, since another one answered', async () => {
    const first = await stage.start(2);
    const live = await stage.open(first.url);
    first.server.signal('SIGTERM');
    await first.server.exit;
    const other = createServer((_, response) => void response.writeHead(503).end());
    other.listen(first.httpPort, '127.0.0.1');
    await once(other, 'listening');
    try {
      // The browser gives up at the first answer; the others are asked for by the page.
      for (let answers = 0; answers < 2; answers++) await once(other, 'request');
      await live.untilFeed('lost');
    } finally {
      other.closeAllConnections();
      other.close();
      await once(other, 'close');
    }
    await stage.start(2, first.httpPort);
    await live.untilFeed('live');
    expect(live.complaintsBesideNetwork).toEqual([]);
  });

  test('starts again when one of its files did not come', async () => {
    const { url } = await stage.start(2);
    const live = await stage.open(url);
    let asked = 0;
    await live.page.route('**/assets/model/format', (route) =>
      asked++ === 0 ? route.abort() : route.continue(),
    );
    await live.page.reload();
    await live.untilFeed('live');
    expect(asked).toBe(2);
    expect(live.complaintsBesideNetwork).toEqual([]);
  });

  test('touches the rows of agencies that have changed, and no others', async () => {
    const { port, url } = await stage.start(1_000);
    const live = await stage.open(url);
    expect(await live.page.locator('#agency-rows tr').count()).toBe(1_000);
    await live.page.evaluate(`
      window.touched = new Set();
      new MutationObserver((records) => {
        for (const { target } of records) {
          const element = target.nodeType === Node.ELEMENT_NODE ? target : target.parentElement;
          const row = element.closest('tr');
          if (row !== null) window.touched.add(row.querySelector('th').textContent);
        }
      }).observe(document.getElementById('agency-rows'), {
        subtree: true, childList: true, characterData: true, attributes: true,
      });
    `);
    await sell(port, 700, 1, 2);
    await sell(port, 31, 1, 1);
    await live.untilText('#total-bets', '300');
    expect(await live.page.evaluate('[...window.touched].sort()')).toEqual(['31', '700']);
    expect(live.complaints).toEqual([]);
  });

  test('of too many agencies has the sums, and says so', async () => {
    const { port, url } = await stage.start(1_001);
    const live = await stage.open(url);
    await sell(port, 1_001, 1, 3);
    await live.untilText('#total-bets', '300');
    await live.untilText('#too-many', /^There are 1,001 of them: too many/);
    await live.untilHidden('#agency-table');
    expect(live.complaints).toEqual([]);
  });

  test('is shown in many tabs that share one feed; one that is hidden reads nothing', async () => {
    const { port, httpPort, url } = await stage.start(2);
    const first = await stage.open(url);
    const tabs = [first];
    // A browser opens six connections to a server.
    for (let count = 1; count < 9; count++) tabs.push(await stage.openTab(first, url));
    await sell(port, 1, 1, 3);
    for (const tab of tabs) await tab.untilText('#total-bets', '300');
    await untilFeeds(httpPort, 1);

    for (const tab of tabs) await tab.hide(true);
    for (const tab of tabs) await tab.untilFeed('paused');
    await untilFeeds(httpPort, 0);
    await sell(port, 2, 1, 2);
    await tabs[4]!.hide(false);
    await tabs[4]!.untilText('#total-bets', '500');
    await tabs[5]!.untilText('#total-bets', '300');
    expect(await tabs[5]!.page.title()).toBe('Paused · Lottery');
    await first.page.close();
    await tabs[5]!.hide(false);
    await tabs[5]!.untilText('#total-bets', '500');
    await sell(port, 2, 3, 1);
    for (const tab of [tabs[4]!, tabs[5]!]) await tab.untilText('#total-bets', '600');
    for (const tab of tabs) expect(tab.complaints).toEqual([]);
  });

  test('has a feed of its own where tabs cannot share one', async () => {
    const { port, url } = await stage.start(2);
    const live = await stage.open(url, undefined, 'delete globalThis.SharedWorker');
    await sell(port, 1, 1, 1);
    await live.untilText('#total-bets', '100');
    await live.hide(true);
    await live.untilFeed('paused');
    await sell(port, 1, 2, 1);
    await live.hide(false);
    await live.untilText('#total-bets', '200');
    expect(live.complaints).toEqual([]);
  });

  test('has the deadline, who is connected, when each was heard of, and which server it is', async () => {
    const { port, url } = await stage.start(3, 0, { DRAW_DEADLINE: '3s', DRAW_DEADLINE_ACTION: 'draw' });
    const live = await stage.open(url);
    expect(await live.agencies('state')).toEqual(['never seen', 'never seen', 'never seen']);
    await live.untilText('#deadline-detail', /^Deadline: 3 s after the first agency finishes\. Then /);
    const server = new RegExp(`^Server \\S+:${port}, version \\d+\\.\\d+\\.\\d+, run \\d+, up \\d+ `);
    await live.page.locator('#server', { hasText: server }).waitFor();
    const client = await RawClient.open(port);
    client.write(batch(1, betsOf(2, 1)));
    expect(await client.readReply()).toMatch(/^ACK/);
    await live.untilText('#agencies-summary', '1 selling, 2 never seen, 1 connected, unproven');
    expect((await live.agencies('connected'))[1]).toMatch(/^since \d\d:\d\d:\d\d, unproven$/);
    const [, heard] = await live.agencies('heard');
    expect(heard).toMatch(/^\d\d:\d\d:\d\d$/);
    const finishing = call(port, agencyLine('FIN', 1));
    await live.page.locator('#deadline-left', { hasText: /^0:0[123] left$/ }).waitFor();
    await live.untilText('#phase', 'Drawn');
    client.close();
    await finishing;
    await live.untilText('#agencies-summary', '1 finished, 2 missing at the close, 0 connected');
    await live.untilHidden('#deadline');
    await live.untilText('#commit-name', 'Drawn at');
    await live.untilText('#commit-value', /^\d\d:\d\d:\d\d$/);
    await live.untilText('#queue-name', 'The draw took');
    await live.untilText('#queue-value', / m?s$/);
    expect(live.complaints).toEqual([]);
  });

  test('has by what right each is connected, and which certificates expire', async () => {
    const parties = await TlsParties.make({ authorityDays: 12.5, serverDays: 400 });
    try {
      const { server, port, url } = await stage.start(4, 0, parties.settings);
      await server.untilFound(
        (output) =>
          output.includes('action: certificate | result: success | name: client CA | expires: ') || undefined,
        'the certificate that expires',
      );
      const live = await stage.open(url);
      await live.untilText('#expiring', 'Expires in 12 days: the client CA’s certificate');
      await live.untilText('#overseers', '');
      const tlsPort = await tlsPortOf(server);
      await parties.connect(tlsPort, 'lottery:auditor', { days: 60 });
      await parties.connect(tlsPort, 'lottery:agency-2', { days: 90 });
      const agency = await parties.connect(tlsPort, 'lottery:agency-3', { days: 3.5 });
      const unproven = await RawClient.open(port);
      unproven.write(agencyLine('ASK', 4));
      await live.untilText(
        '#agencies-summary',
        '3 selling, 1 never seen, 3 connected (2 by certificate, 1 unproven)',
      );
      expect(
        (await live.agencies('connected')).map((text) => text.replace(/\d\d:\d\d:\d\d/, 'then')),
      ).toEqual(['', 'since then, certificate', 'since then, certificate', 'since then, unproven']);
      await live.untilText('#overseers', /^Auditor connected by certificate since \d\d:\d\d:\d\d$/);
      expect(await live.page.locator('#expiring li').allTextContents()).toEqual([
        'Expires in 3 days: the certificate of agency 3',
        'Expires in 12 days: the client CA’s certificate',
      ]);
      expect(await live.page.locator('#expiring li[data-urgency=urgent]').count()).toBe(1);
      agency.destroy();
      await live.untilText('#expiring', 'Expires in 12 days: the client CA’s certificate');
      unproven.close();
      expect(live.complaints).toEqual([]);
    } finally {
      parties.close();
    }
  });

  test('tells how far the log of receipts is, where there is one', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'key-'));
    const { environment: receipts } = makeLogKey(folder, 'lottery.example/page');
    const { port, url } = await stage.start(2, 0, receipts);
    const live = await stage.open(url);
    await live.untilText('#log', 'Log: 1 entry is signed.');
    await sell(port, 1, 1, 20);
    await live.untilText('#log', 'Log: 21 entries are signed.');
    await finishAll(port, 2);
    await live.untilText(
      '#log',
      'Log: 25 entries are signed; the sale is sealed, and the result stands behind the seal.',
    );
    expect(live.complaints).toEqual([]);
    rmSync(folder, { recursive: true });
  });

  test("shows the operator's notice as text, however long, and hides it when it is removed", async () => {
    const { url } = await stage.start(2);
    const live = await stage.open(url);
    await live.untilHidden('#notice');
    const put = (body: string) => fetch(`${url}notes/notice`, { method: 'PUT', body });
    await put('<b>The draw</b> is at noon.');
    const late = await stage.open(url);
    await late.untilText('#notice', '<b>The draw</b> is at noon.');
    await put('x'.repeat(1_000_000));
    await late.page.reload();
    await late.untilText('#notice', `${'x'.repeat(499)}…`);
    await fetch(`${url}notes/notice`, { method: 'DELETE' });
    await late.page.reload();
    await late.untilFeed('live');
    await late.untilHidden('#notice');
    expect(late.complaints).toEqual([]);
  });

  test('runs no script but its own', async () => {
    const { url } = await stage.start(2);
    const live = await stage.open(url);
    await live.page.evaluate(`{
      const script = document.createElement('script');
      script.textContent = 'window.isForeign = true';
      document.body.append(script);
    }`);
    expect(await live.page.evaluate('window.isForeign')).toBeUndefined();
    expect(live.complaints).toEqual([expect.stringContaining('Content Security Policy')]);
  });
});
