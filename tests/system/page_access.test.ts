/** The live page, for whoever uses it: on any screen, with a keyboard, read out, in light and in dark. */
import { CHROMIUM_ABSENCE, describeWithChromium } from '../support/browser';
import { makePictures } from '../support/page_pictures';
import { BAD_BATCH, finishAll, PageStage, sell } from '../support/page_stage';
import { tlsPortOf } from '../support/programs';
import { call, RawClient } from '../support/raw_client';
import { TlsParties } from '../support/tls_parties';
import { agencyLine } from '../support/wire';

/** From a telephone to a wall, in CSS pixels. */
const WIDTHS = [360, 768, 1_130, 1_280, 1_920, 3_840];

test(
  CHROMIUM_ABSENCE === undefined ? 'there is a browser' : `no browser: ${CHROMIUM_ABSENCE}`,
  () => undefined,
);

describeWithChromium('the live page', () => {
  const stage = new PageStage();
  afterEach(() => stage.clear());
  afterAll(() => stage.close());

  test.each([5, 60])(
    'is not scrolled sideways, from 360 px to a wall, with %i agencies',
    async (agencies) => {
      const parties = await TlsParties.make({ authorityDays: 20, serverDays: 3 });
      try {
        const { server, port, url } = await stage.start(agencies, 0, parties.settings);
        await sell(port, 2, 1, 20);
        await call(port, BAD_BATCH);
        const tlsPort = await tlsPortOf(server);
        for (const party of ['agency-1', 'agency-5', 'operator'])
          await parties.connect(tlsPort, `lottery:${party}`);
        const unproven = await RawClient.open(port);
        unproven.write(agencyLine('ASK', 2));
        await expectToFit(url, WIDTHS, agencies, 'Sale open');
        await finishAll(port, agencies);
        await expectToFit(url, WIDTHS.toReversed(), agencies, 'Drawn');
        unproven.close();
      } finally {
        parties.close();
      }
    },
  );

  /** @param widths in CSS pixels: the page is opened at the first one and then resized */
  async function expectToFit(
    url: string,
    widths: readonly number[],
    agencies: number,
    phase: string,
  ): Promise<void> {
    const live = await stage.open(url, { viewport: { width: widths[0] ?? 0, height: 800 } });
    await live.untilText('#phase', phase);
    await live.page.locator('#expiring li').nth(3).waitFor();
    expect(await live.page.locator('#expiring li').count()).toBe(4);
    for (const width of widths) {
      await live.page.setViewportSize({ width, height: 800 });
      // What follows the page's size is drawn in the next frame.
      await live.page.evaluate(
        'new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))',
      );
      const panel = 'document.getElementById("agencies")';
      expect([
        width,
        agencies,
        await live.page.evaluate('document.documentElement.scrollWidth'),
        await live.page.evaluate(`${panel}.scrollWidth - ${panel}.clientWidth`),
      ]).toEqual([width, agencies, width, 0]);
    }
    expect(live.complaints).toEqual([]);
  }

  test('is used with the keyboard', async () => {
    const { url } = await stage.start(2);
    const { page } = await stage.open(url);
    const focused: unknown[] = [];
    for (let press = 0; press < 6; press++) {
      await page.keyboard.press('Tab');
      focused.push(await page.evaluate('document.activeElement.textContent.trim()'));
    }
    expect(focused).toEqual([
      'Skip to the agencies',
      '1 min',
      '10 min',
      'As a table',
      'Metrics',
      'Readiness',
    ]);

    await page.getByRole('button', { name: '1 min' }).first().focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: '1 min', pressed: true }).waitFor();
    expect(await page.getByRole('button', { pressed: true }).count()).toBe(1);

    await page.locator('summary').focus();
    await page.keyboard.press('Space');
    await page.locator('#minute-rows tr').first().waitFor();

    await page.locator('.skip').focus();
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('agencies');
  });

  test.each([2, 60])('is read out, with %i agencies', async (agencies) => {
    const { port, url } = await stage.start(agencies);
    const live = await stage.open(url);
    await sell(port, 2, 1, 3);
    await live.untilText('#total-bets', '300');
    await finishAll(port, agencies);
    await live.untilText('#phase', 'Drawn');
    const { winners } = stage.stored(agencies);
    const snapshot = await live.page.locator('body').ariaSnapshot();
    for (const part of [
      '- banner:',
      'heading "Lottery" [level=1]',
      '- status: Live',
      '- main:',
      'region "Now"',
      'term: Bets\n',
      'region "Over time"',
      'group "Time shown"',
      'img "Bets, last 1 min: from 0 to 300, at most 300"',
      'region "Draw"',
      'region "Commits, last second"',
      'region "Connections"',
      'region "Refused"',
      'region "Agencies"',
      'table "Agencies"',
      `rowheader "2"`,
      'cell "300"',
      // Where agencies stand side by side, no header says what the number is.
      `cell "${winners[1] ?? ''}${agencies > 40 ? ' won' : ''}"`,
      'cell "finished"',
      '- contentinfo:',
      'navigation "Other views"',
    ]) {
      expect(snapshot).toContain(part);
    }
  });

  test.each([
    ['light', 3],
    ['light', -1],
    ['dark', 3],
    ['dark', -1],
  ] as const)('is legible in %s, %i days before a certificate expires', async (colorScheme, serverDays) => {
    const parties = await TlsParties.make({ authorityDays: 20, serverDays });
    const { port, url } = await stage.start(3, 0, parties.settings);
    parties.close();
    const live = await stage.open(url, { colorScheme });
    await sell(port, 2, 1, 3);
    await call(port, BAD_BATCH);
    await finishAll(port, 3);
    await live.untilText('#phase', 'Drawn');
    await live.untilText('#refusal-rows .number', '1');
    expect(await live.page.locator('#expiring li').count()).toBe(2);
    expect(await live.page.evaluate(POOR_CONTRASTS)).toEqual([]);
  });

  // Not a test that is skipped otherwise: there would always be one.
  if (process.env['UPDATE_SCREENSHOTS'] === '1') {
    test('has its pictures made', () => makePictures(stage), 180_000);
  }
});

/** Texts whose contrast with what is behind them is under 4.5 to 1 (WCAG 2.2, 1.4.3), looked for in the page. */
const POOR_CONTRASTS = `(() => {
  const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const luminance = ([red, green, blue]) => {
    const [r, g, b] = [red, green, blue].map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let each = element; each !== null; each = each.parentElement) {
      const colour = channels(getComputedStyle(each).backgroundColor);
      if (colour[3] !== 0) return colour;
    }
    return [255, 255, 255];
  };
  const poor = [];
  for (const element of document.querySelectorAll('body *')) {
    const hasText = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    if (!hasText || !element.checkVisibility()) continue;
    const pair = [luminance(channels(getComputedStyle(element).color)), luminance(ground(element))];
    const contrast = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
    if (contrast < 4.5) poor.push(element.textContent.trim() + ' ' + contrast.toFixed(2));
  }
  return poor;
})()`;
