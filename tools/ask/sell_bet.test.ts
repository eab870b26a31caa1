import { NoAnswer } from './api/api_client';
import { sellBet } from './sell_bet';
import { closeStubs, problem, StubAnswer, StubRequest, stubServer } from './testing/stub_server';

const FIELDS = ['Renata Isabel', 'Ibáñez', '31204458', '1987-03-17', '7574'];
const never = new AbortController().signal;
afterEach(closeStubs);

/** A server with so many batches of agency 1, that answers what is written with these answers, one after the other. */
async function serverWith(batches: number, answers: readonly (StubAnswer | 'stored' | 'already-stored')[]) {
  const written: StubRequest[] = [];
  let stored = batches;
  const api = await stubServer((request) => {
    if (request.method === 'GET') {
      const sums = { bets: stored, batches: stored, last_batch_id: stored, last_bet_id: 2 * stored };
      return { status: 200, body: { agency: 1, ...sums, finished: false } };
    }
    const answer = answers[written.push(request) - 1];
    // Whoever has taken the id has sold something.
    if (answer !== undefined) stored++;
    if (typeof answer !== 'string') return answer;
    return { status: 201, body: { agency: 1, batch: stored, bets: 1, outcome: answer } };
  });
  return { api, written };
}

const bodies = (written: readonly StubRequest[]) =>
  written.map(({ path, body }) => `${path} ${body.toString()}`);

test('a bet is sold under the next ids, in the form of CSV', async () => {
  const { api, written } = await serverWith(4, ['stored']);
  expect(await sellBet(api, 1, FIELDS, never)).toEqual({ batchId: 5, betId: 9 });
  expect(bodies(written)).toEqual(['/agencies/1/batches/5 9,Renata Isabel,Ibáñez,31204458,1987-03-17,7574']);
  expect(written[0]?.headers['content-type']).toBe('text/csv');
});

test('a field that begins with a quote is put in quotes', async () => {
  const { api, written } = await serverWith(0, ['stored']);
  await sellBet(api, 1, ['"Beto"', 'P"az', ...FIELDS.slice(2)], never);
  expect(bodies(written)).toEqual(['/agencies/1/batches/1 1,"""Beto""",P"az,31204458,1987-03-17,7574']);
});

test('an id that others have taken meanwhile is left to them, also with the same bet', async () => {
  const conflict = problem(409, 'batch-conflict', 'taken');
  const { api, written } = await serverWith(0, [conflict, 'already-stored', 'stored']);
  expect(await sellBet(api, 1, FIELDS, never)).toEqual({ batchId: 3, betId: 5 });
  expect(written.map(({ path }) => path.slice(-1))).toEqual(['1', '2', '3']);
});

test('without an answer it is sent once more under the same id, and is its own', async () => {
  const { api, written } = await serverWith(0, [undefined, 'already-stored']);
  expect(await sellBet(api, 1, FIELDS, never)).toEqual({ batchId: 1, betId: 1 });
  expect(new Set(bodies(written)).size).toBe(1);
});

test('without an answer at all, it says how to find out whether it is stored', async () => {
  const { api, written } = await serverWith(0, [undefined, undefined]);
  const sale = sellBet(api, 1, FIELDS, never);
  await expect(sale).rejects.toThrow(NoAnswer);
  await expect(sale).rejects.toThrow(
    /it may have been carried out; `get \/agencies\/1\/batches\/1` tells whether it is stored$/,
  );
  expect(written).toHaveLength(2);
});

test('a refusal is passed on', async () => {
  const { api, written } = await serverWith(0, [problem(410, 'closed', 'the sale is closed')]);
  await expect(sellBet(api, 1, FIELDS, never)).rejects.toThrow('closed (410): the sale is closed');
  expect(written).toHaveLength(1);
});

test('it gives up when others take one id after the other', async () => {
  const { api } = await serverWith(0, Array(20).fill('already-stored') as 'already-stored'[]);
  await expect(sellBet(api, 1, FIELDS, never)).rejects.toThrow(
    /others sell for agency 1: they took 10 batch ids/,
  );
});

test('nothing is sold where a batch is missing: its bet ids may be those of later ones', async () => {
  const sums = { bets: 1, batches: 1, last_batch_id: 0, last_bet_id: 0, finished: false };
  const written: string[] = [];
  const api = await stubServer(({ method }) => {
    written.push(method);
    return { status: 200, body: { agency: 1, ...sums } };
  });
  await expect(sellBet(api, 1, FIELDS, never)).rejects.toThrow(
    'agency 1 has batches beyond batch 0, and one between is missing: sell with `batch`',
  );
  expect(written).toEqual(['GET']);
});
