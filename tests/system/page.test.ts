/** The live page, in a real browser on a real server. */
import { once } from 'node:events';
import { createServer } from 'node:http';

import { CHROMIUM_ABSENCE, describeWithChromium, REQUIRE_CHROMIUM } from '../support/browser';
import { BAD_BATCH, betsOf, finishAll, PageStage, sell } from '../support/page_stage';
import { call } from '../support/raw_client';
import { batch } from '../support/wire';

// Beside being said, this lets the others be listed by name: a file that is skipped as a whole is passed over.
test(CHROMIUM_ABSENCE === undefined ? 'there is a browser' : `no browser: ${CHROMIUM_ABSENCE}`, () => {
  if (CHROMIUM_ABSENCE !== undefined && REQUIRE_CHROMIUM) {
    throw new Error(`REQUIRE_CHROMIUM=1, but ${CHROMIUM_ABSENCE}`);
  }
});

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
    expect(await live.text('#refusal-rows .reason')).toBe('bad-batch a batch or a bet in it is not valid');
    expect(await call(port, batch(1, betsOf(1, 1)))).toMatch(/^ACK/);
    await live.untilText('#repeated', '1 batch came again, and counted once.');

    await finishAll(port, 3);
    const { total, winners } = stage.stored(3);
    await live.untilText('#phase', 'Drawn');
    expect(await live.agencies('winners')).toEqual(winners);
    const sum = winners.reduce((all, each) => all + Number(each), 0);
    expect(sum).toBeGreaterThan(0);
    expect(await live.text('#draw-outcome')).toBe(`${sum} winning bets`);
    expect(await live.text('#announcement')).toBe(`The draw: ${sum} winning bets, of ${total}`);
    expect(await live.agencies('state')).toEqual(['finished', 'finished', 'finished']);
    expect(await live.page.title()).toBe(`Drawn · ${total} bets · Lottery`);
    expect(live.complaints).toEqual([]);

    const late = await stage.open(url);
    expect(await late.agencies('winners')).toEqual(winners);
    expect(await late.text('#total-bets')).toBe(total);
  });

  test('says that the server is gone, and goes on by itself when it is back', async () => {
    const first = await stage.start(3);
    const live = await stage.open(first.url);
    await sell(first.port, 1, 1, 5);
    await live.untilText('#total-bets', '500');
    first.server.signal('SIGKILL');
    await live.untilFeed('lost');
    expect(await live.text('#warning')).toMatch(
      /^The server does not answer; trying again\. These numbers are /,
    );
    expect(await live.page.title()).toBe('Lost · Lottery');
    expect(await live.text('#total-bets')).toBe('500');
    await first.server.exit;

    const second = await stage.start(3, first.httpPort);
    await live.untilFeed('live');
    expect(await live.agencies('bets')).toEqual(stage.stored(3).bets);
    await sell(second.port, 2, 1, 7);
    await live.untilText('#total-bets', '1,200');
    expect(await live.agencies('bets')).toEqual(stage.stored(3).bets);
    expect(await live.page.locator('#warning').isVisible()).toBe(false);
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
    expect(await live.text('#too-many')).toMatch(/^There are 1,001 of them: too many/);
    expect(await live.page.locator('#agency-table').isVisible()).toBe(false);
    expect(live.complaints).toEqual([]);
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
