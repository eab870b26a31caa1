/** Long batches over HTTP, with workers and without: the same answers, and SIGTERM while they are checked. */
import { existsSync, readFileSync } from 'node:fs';

import { expectStopInTime, httpPortOf, Stage } from '../support/programs';

const HTTP = { HTTP_PORT: '0', HTTP_ADDRESS: '127.0.0.1', AGENCIES: '10' };
const BETS = 9_999;
const AT_ONCE = 8;

let stage = new Stage();
beforeEach(() => void (stage = new Stage()));
afterEach(() => stage.close());

async function start(workers: number) {
  const { server } = await stage.startServer({ ...HTTP, HTTP_WORKERS: String(workers) });
  return { server, url: `http://127.0.0.1:${await httpPortOf(server)}` };
}

/** A long batch in JSON. @param number the number that its last bet is on */
function longBatch(number = 7_574): string {
  const bet = {
    first_name: 'Renata Isabel',
    last_name: 'Ibáñez',
    document: '31204458',
    birthdate: '1987-03-17',
  };
  const bets = Array.from({ length: BETS }, (_, index) => ({ bet_id: index + 1, ...bet, number: 1 }));
  return JSON.stringify({ bets: [...bets.slice(0, -1), { ...bets.at(-1), number }] });
}

function put(url: string, agency: number, body: string): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return fetch(`${url}/agencies/${agency}/batches/1`, { method: 'PUT', headers, body });
}

/** How many threads the process has; only Linux tells. */
function threadsOf(processId: number): number | undefined {
  if (!existsSync('/proc/self/status')) return undefined;
  const status = readFileSync(`/proc/${processId}/status`, 'utf8');
  return Number(/^Threads:\s+(\d+)/m.exec(status)?.[1]);
}

test.each([0, 1, 3])('with %d workers, long batches are stored or refused as they are', async (workers) => {
  const { server, url } = await start(workers);
  const threads = threadsOf(server.processId);
  const statuses = await Promise.all(
    Array.from({ length: AT_ONCE }, async (_, index) => {
      const answer = await put(url, index + 1, longBatch(index % 2 === 0 ? 7_574 : 10_000));
      const { bets, bad_bets: badBets } = (await answer.json()) as { bets?: number; bad_bets?: number };
      return [answer.status, bets ?? badBets];
    }),
  );
  expect(statuses).toEqual(
    Array.from({ length: AT_ONCE }, (_, index) => (index % 2 === 0 ? [201, BETS] : [422, 1])),
  );
  // They are started when they are needed: none without the setting.
  if (threads !== undefined) expect(threadsOf(server.processId)).toBe(threads + workers);
  const stored = (await (await fetch(`${url}/agencies/1`)).json()) as { bets: number };
  expect(stored.bets).toBe(BETS);
  await expectStopInTime(server);
});

test('SIGTERM while workers check: exit 0 in time, and what was acknowledged is there', async () => {
  const { server, url } = await start(2);
  const sent = Array.from({ length: AT_ONCE }, (_, index) =>
    put(url, index + 1, longBatch()).then(
      ({ status }) => status,
      () => undefined,
    ),
  );
  await Promise.race(sent);
  await expectStopInTime(server);
  expect(await server.exit).toBe(0);
  const statuses = await Promise.all(sent);
  const again = await start(2);
  for (const [index, status] of statuses.entries()) {
    const { bets } = (await (await fetch(`${again.url}/agencies/${index + 1}`)).json()) as { bets: number };
    if (status === 201) expect(bets).toBe(BETS);
  }
  expect(statuses).toContain(201);
});
