import { gunzipSync } from 'node:zlib';

import type { LightMyRequestResponse } from 'fastify';

import { readChange, readState } from '../page/model/feed_reader';
import { MAX_FEEDS, SAMPLE_INTERVAL_MS } from './limits';
import { FeedReader, newTelemetry, WatchedApp } from './testing/watched_app';

let watched: WatchedApp;
beforeEach(() => (watched = new WatchedApp()));
afterEach(() => watched.close());

async function inject(url: string, headers: Record<string, string> = {}): Promise<LightMyRequestResponse> {
  return watched.app.inject({ url, headers });
}

describe('health', () => {
  test('is well while the process answers', async () => {
    const answer = await inject('/healthz');
    expect([answer.statusCode, answer.json()]).toEqual([200, { status: 'ok' }]);
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  test('is ready while bets can be taken, until it stops', async () => {
    let isReady = false;
    watched.telemetry.watchStorage(
      () => 0,
      () => isReady,
    );
    const readiness = async (): Promise<unknown> => {
      const answer = await inject('/readyz');
      return [answer.statusCode, answer.json()];
    };
    expect(await readiness()).toEqual([503, { status: 'not ready' }]);
    isReady = true;
    expect(await readiness()).toEqual([200, { status: 'ready' }]);
    watched.watch.close();
    expect(await readiness()).toEqual([503, { status: 'stopping' }]);
    expect((await inject('/healthz')).statusCode).toBe(200);
  });
});

test('metrics come as text for Prometheus', async () => {
  const answer = await inject('/metrics');
  expect(answer.statusCode).toBe(200);
  expect(answer.headers).toMatchObject({
    'content-type': 'text/plain; version=0.0.4; charset=utf-8',
    'cache-control': 'no-store',
  });
  expect(answer.body).toContain('\nlottery_bets_total 0\n');
});

describe('the page', () => {
  test('comes with headers that let it reach nobody else', async () => {
    const answer = await inject('/');
    expect(answer.statusCode).toBe(200);
    expect(answer.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy':
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-cache',
    });
    expect(answer.body).not.toMatch(/\sstyle=|\son[a-z]+=|<style|https?:/);
  });

  test('has every file that it names, and every module that they import', async () => {
    const { body } = await inject('/');
    const open = [...body.matchAll(/(?:href|src)="(assets\/[^"]+)"/g)].map(([, name]) => `/${name}`);
    const seen = new Set<string>();
    for (let url = open.pop(); url !== undefined; url = open.pop()) {
      if (seen.has(url)) continue;
      seen.add(url);
      const answer = await inject(url);
      expect([url, answer.statusCode, answer.headers['content-type']]).toEqual([url, 200, mediaTypeOf(url)]);
      expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
      for (const [, name] of answer.body.matchAll(/^(?:import|export)\b[^;']*'(\.[^']+)'/gm)) {
        open.push(new URL(name!, `http://page${url}`).pathname);
      }
    }
    expect([...seen]).toEqual(
      expect.arrayContaining(['/assets/main', '/assets/uplot', '/assets/model/board']),
    );
  });

  test('is not sent again to a client that has it', async () => {
    const first = await inject('/assets/page.css');
    const etag = first.headers.etag!;
    for (const known of [etag, `"other", ${etag}`, '*']) {
      const again = await inject('/assets/page.css', { 'if-none-match': known });
      expect([again.statusCode, again.body]).toEqual([304, '']);
      expect(again.headers.etag).toBe(etag);
      expect(again.headers['content-security-policy']).toBeDefined();
    }
    expect((await inject('/assets/page.css', { 'if-none-match': '"other"' })).statusCode).toBe(200);
  });

  test.each([
    ['gzip, deflate, br', true],
    ['br;q=1.0, gzip;q=0.8', true],
    ['gzip;q=0', false],
    ['gzip;q=0.0, br', false],
    ['x-gzip-not', false],
    ['identity', false],
  ])('is sent in gzip for Accept-Encoding %s: %s', async (taken, isZipped) => {
    const plain = await inject('/assets/uplot');
    const answer = await inject('/assets/uplot', { 'accept-encoding': taken });
    expect(answer.headers['content-encoding']).toBe(isZipped ? 'gzip' : undefined);
    expect(answer.headers.vary).toBe('accept-encoding');
    const bytes = isZipped ? gunzipSync(answer.rawPayload) : answer.rawPayload;
    expect(bytes.equals(plain.rawPayload)).toBe(true);
  });

  test.each([
    '/assets/',
    '/assets/nothing',
    '/assets/index.html',
    '/assets/main.js',
    '/assets/../package.json',
    '/assets/..%2f..%2fpackage.json',
    '/assets/%2e%2e/%2e%2e/server/config.ini',
    '/assets/__proto__',
    '/assets/constructor',
  ])('has no file %s', async (url) => {
    expect((await inject(url)).statusCode).toBe(404);
  });
});

function mediaTypeOf(url: string): string {
  if (url.endsWith('.css')) return 'text/css; charset=utf-8';
  return url.endsWith('.svg') ? 'image/svg+xml' : 'text/javascript; charset=utf-8';
}

describe('the feed', () => {
  test('begins with the state, and goes on with what changes', async () => {
    const reader = await FeedReader.open(await watched.listen());
    expect(reader.status).toBe(200);
    expect(reader.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    const first = await reader.next();
    expect(first?.name).toBe('state');
    const state = readState(first!.data);
    expect(state).toMatchObject({ agencyCount: 3, agencies: [], figures: { totalBets: 0 } });
    watched.telemetry.batchStored(2, 10, 100);
    watched.clock.advance(SAMPLE_INTERVAL_MS);
    const second = await reader.next();
    expect([second?.id, second?.name]).toEqual([`${state!.run}.1`, 'change']);
    expect(readChange(second!.data)).toMatchObject({ agencies: [[2, 1, 10, 10, 0, 0, -1, 0, -1]] });
    reader.close();
  });

  test('says how soon to come back', async () => {
    const reader = await FeedReader.open(await watched.listen());
    expect((await reader.next())?.text).toMatch(/^retry: 1000\nid: \d+\.0\nevent: state\ndata: \{[^\n]+$/);
    reader.close();
  });

  test('has its history from before anybody came', async () => {
    for (let second = 0; second < 30; second++) {
      watched.telemetry.batchStored(1, 100, 4_000);
      watched.clock.advance(SAMPLE_INTERVAL_MS);
    }
    const reader = await FeedReader.open(await watched.listen());
    const state = readState((await reader.next())!.data);
    expect(state!.history.bets).toEqual(Array.from({ length: 31 }, (_, index) => index * 100));
    reader.close();
  });

  test('has so many readers at a time, and room again when one leaves', async () => {
    const port = await watched.listen();
    const readers: FeedReader[] = [];
    for (let count = 0; count < MAX_FEEDS; count++) readers.push(await FeedReader.open(port));
    const refused = await FeedReader.open(port);
    expect(refused.status).toBe(503);
    expect(refused.headers['content-type']).toBe('application/problem+json');
    await refused.ended;
    const [first, ...others] = readers;
    first!.close();
    let late = await FeedReader.open(port);
    // The server learns of the one that left when its socket tells.
    while (late.status !== 200) late = await FeedReader.open(port);
    for (const reader of [...others, late]) expect((await reader.next())?.name).toBe('state');
    for (const reader of [...others, late]) reader.close();
  });

  test('ends when the server stops, and begins no more', async () => {
    const port = await watched.listen();
    const reader = await FeedReader.open(port);
    await reader.next();
    watched.watch.close();
    expect(await reader.next()).toBeUndefined();
    expect((await FeedReader.open(port)).status).toBe(503);
    expect(watched.clock.timerCount).toBe(0);
  });

  test('has no answer for HEAD, which would never end', async () => {
    expect((await watched.app.inject({ method: 'HEAD', url: '/events' })).statusCode).toBe(404);
  });

  test('drops a reader that takes nothing, and nobody else', async () => {
    await watched.close();
    const telemetry = newTelemetry({ agencies: 1_000 });
    watched = new WatchedApp(telemetry);
    const port = await watched.listen();
    const slow = await FeedReader.open(port);
    const good = await FeedReader.open(port);
    slow.stopReading();
    await good.next();
    let isDropped = false;
    const connections = async (): Promise<number> =>
      new Promise((resolve, reject) => {
        watched.app.server.getConnections((error, count) =>
          error === null ? resolve(count) : reject(error),
        );
      });
    // What the kernel holds for it comes first: some megabytes.
    for (let second = 0; second < 2_000 && !isDropped; second++) {
      for (let agency = 1; agency <= 1_000; agency++) telemetry.batchStored(agency, 1, 40);
      watched.clock.advance(SAMPLE_INTERVAL_MS);
      expect((await good.next())?.name).toBe('change');
      isDropped = (await connections()) === 1;
    }
    expect(isDropped).toBe(true);
    good.close();
    slow.close();
  });
});

test('closed with its app, nothing goes on', async () => {
  await watched.app.ready();
  expect(watched.clock.timerCount).toBe(1);
  await watched.close();
  expect(watched.clock.timerCount).toBe(0);
});
