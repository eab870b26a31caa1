/** The live page while a draw waits for its number, in a real browser on a real server. */
import type { Browser } from 'playwright-core';

import { describeWithChromium, LivePage, startChromium } from '../support/browser';
import { GivenNumberLottery, ORIGIN, roundInTwoHours, signRounds, TOKENS } from '../support/given_number';
import { Stage } from '../support/programs';

const { round: ROUND, due: DUE } = roundInTwoHours();

describeWithChromium('the live page', () => {
  const stage = new Stage();
  let browser: Browser;
  beforeAll(async () => void (browser = await startChromium()));
  afterAll(async () => {
    await browser.close();
    await stage.close();
  });

  test("counts down to the beacon's round by the server's clock, and says who has signed", async () => {
    const lottery = new GivenNumberLottery(stage, 'drand', { DRAW_NUMBER: `drand:test@${DUE}` });
    await lottery.start();
    // The browser's clock is a day behind.
    const wrongClock = 'const now = Date.now; Date.now = () => now() - 86_400_000;';
    const live = await LivePage.open(browser, `${lottery.url}/`, {}, wrongClock);
    await live.untilText('#log-signers', `The newest checkpoint is signed by ${ORIGIN}.`);
    await live.untilHidden('#number-due');
    await lottery.sell();
    const win = lottery.finish();
    await live.page.locator('#number-due-left', { hasText: /^(1:59:|2:00:)\d\d left$/ }).waitFor();
    await live.untilText('#number-due-detail', /^Until the beacon’s round is due: .*\d\d:\d\d:\d\d\.$/);
    await live.untilText('#draw-outcome', 'Waiting for the winning number');
    await live.untilText('#log-signers', `The seal and the newest checkpoint are signed by ${ORIGIN}.`);
    const [, signature = ''] = signRounds(ROUND);
    expect(await lottery.put('/draw/beacon', TOKENS.operator, { round: ROUND, signature })).toBe('200 known');
    expect(await win).toMatch(/^WIN,/);
    await live.untilText('#phase', 'Drawn');
    await live.untilHidden('#number-due');
    expect(live.complaints).toEqual([]);
    await live.close();
  });
});
