/** A real browser, where there is one. */
import { existsSync } from 'node:fs';

import { Browser, BrowserContext, BrowserContextOptions, chromium, Page } from 'playwright-core';

import { describeUnless } from './skipping';

/** The browser: `CHROMIUM` names another one. */
const EXECUTABLE = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
/** Whether a test must fail where there is no browser. */
export const REQUIRE_CHROMIUM = process.env['REQUIRE_CHROMIUM'] === '1';
/** Why tests in a browser are skipped; `undefined` when they are not. */
export const CHROMIUM_ABSENCE = existsSync(EXECUTABLE)
  ? undefined
  : `there is no ${EXECUTABLE}; install Chromium (Debian: apt-get install chromium), or name it with CHROMIUM`;

/** Like `describe`; skipped where there is no browser. */
export const describeWithChromium = describeUnless(CHROMIUM_ABSENCE);

/** Starts the browser, with a folder of its own. It reaches nobody by itself. */
export async function startChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: EXECUTABLE,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** A network error in the console: what a page says whose server was killed. */
const NETWORK_ERROR = /net::ERR_|status of 503/;
/** What a browser says of itself when there is no notice to show. */
const NO_NOTICE = /\/notes\/notice$/;

/** The live page, open in a browser, and what it complains of. */
export class LivePage {
  readonly #complaints: string[] = [];

  /** Opens the page and waits until it is live. */
  static async open(
    browser: Browser,
    url: string,
    options: BrowserContextOptions = {},
    before?: string,
  ): Promise<LivePage> {
    const context = await browser.newContext({ viewport: { width: 1_920, height: 1_080 }, ...options });
    if (before !== undefined) await context.addInitScript(before);
    return LivePage.#openIn(context, url);
  }

  static async #openIn(context: BrowserContext, url: string): Promise<LivePage> {
    const live = new LivePage(await context.newPage(), url);
    await live.page.goto(url);
    await live.untilFeed('live');
    return live;
  }

  private constructor(
    readonly page: Page,
    url: string,
  ) {
    page.on('console', (message) => {
      const isNoNotice = NO_NOTICE.test(message.location().url) && message.text().includes('status of 404');
      if (isNoNotice || !['error', 'warning'].includes(message.type())) return;
      this.#complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.#complaints.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith(url)) this.#complaints.push(`asked for ${request.url()}`);
    });
  }

  /** Opens the page in another tab of the same browser, and waits until it is live. */
  openTab(url: string): Promise<LivePage> {
    return LivePage.#openIn(this.page.context(), url);
  }

  /** Makes the page believe that it is hidden, or seen again: a browser without a screen shows every tab. */
  async hide(isHidden: boolean): Promise<void> {
    const state = isHidden ? 'hidden' : 'visible';
    await this.page.evaluate(`
      Object.defineProperty(document, 'visibilityState', { value: '${state}', configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    `);
  }

  /** Errors and warnings in the console, violations of the content security policy and requests to others. */
  get complaints(): readonly string[] {
    return this.#complaints;
  }

  /** The same, without what a page says whose server is away. */
  get complaintsBesideNetwork(): readonly string[] {
    return this.#complaints.filter((complaint) => !NETWORK_ERROR.test(complaint));
  }

  /** Waits until the page says so of its feed. */
  async untilFeed(state: 'live' | 'stale' | 'lost' | 'paused'): Promise<void> {
    await this.page.locator(`body[data-feed=${state}]`).waitFor();
  }

  /**
   * Waits until the element has exactly this text, or one that the pattern matches; fails with the text that it has
   * instead. There is nothing that reads a text once: two parts of the page may tell of two moments.
   */
  async untilText(selector: string, text: string | RegExp): Promise<void> {
    const exactly =
      typeof text === 'string' ? new RegExp(`^\\s*${text.replace(/[.+*?()[\]]/g, '\\$&')}\\s*$`) : text;
    try {
      await this.page.locator(selector, { hasText: exactly }).waitFor({ state: 'attached' });
    } catch {
      const texts = await this.page.locator(selector).allTextContents();
      throw new Error(`${selector} is not ${exactly.source} but ${JSON.stringify(texts).slice(0, 1_000)}`);
    }
  }

  /** Waits until the element is not shown. */
  async untilHidden(selector: string): Promise<void> {
    await this.page.locator(selector).waitFor({ state: 'hidden' });
  }

  /** The cells of one kind, of all agencies, in their order. */
  async agencies(kind: 'bets' | 'batches' | 'winners' | 'connected' | 'heard' | 'state'): Promise<string[]> {
    return this.page.locator(`#agency-rows .${kind}`).allTextContents();
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}
