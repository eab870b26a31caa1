import { closeStubs, problem, StubRequest, stubServer } from '../testing/stub_server';
import { BATCH, requireGood, valuesOf } from './answers';
import { ApiClient, NoAnswer } from './api_client';

const never = new AbortController().signal;
afterEach(closeStubs);

test('a request has the token, an id and its bytes; the answer is whole', async () => {
  const asked: StubRequest[] = [];
  const api = await stubServer((request) => {
    asked.push(request);
    return { status: 200, body: Buffer.from([0, 255]) };
  }, 'a-token-of-a-test');
  const body = Buffer.from([1, 254]);
  const answer = await api.ask(
    { method: 'PUT', path: '/notes/a', body, headers: { 'if-match': '*' } },
    never,
  );
  expect(answer.body).toEqual(Buffer.from([0, 255]));
  expect(asked[0]).toMatchObject({
    method: 'PUT',
    path: '/notes/a',
    body,
    headers: {
      authorization: 'Bearer a-token-of-a-test',
      'request-id': 'ask',
      'if-match': '*',
      'content-length': '2',
    },
  });
});

test('a path of the address stands before that of the request', async () => {
  const paths: string[] = [];
  const stub = await stubServer(({ path }) => {
    paths.push(path);
    return { status: 200 };
  });
  const api = new ApiClient({ url: new URL(`${stub.address}/lottery/`), token: undefined });
  await api.ask({ method: 'GET', path: '/draw' }, never);
  expect(paths).toEqual(['/lottery/draw']);
});

test('no answer is told in one line, and whether it may have been carried out', async () => {
  const cut = await stubServer(() => undefined);
  await expect(cut.ask({ method: 'PUT', path: '/notes/a' }, never)).rejects.toThrow(
    /^no answer from http:\/\/127\.0\.0\.1:\d+: [^\n]+; it may have been carried out$/,
  );
  await expect(cut.ask({ method: 'GET', path: '/notes/a' }, never)).rejects.toThrow(/^no answer [^;]+$/);
  closeStubs();
  const gone = cut.ask({ method: 'PUT', path: '/notes/a' }, never);
  await expect(gone).rejects.toThrow(NoAnswer);
  await expect(gone).rejects.toThrow(/ECONNREFUSED[^;]*$/);
});

test('a stop ends the wait', async () => {
  const stop = new AbortController();
  const api = await stubServer(() => {
    stop.abort();
    return new Promise(() => undefined);
  });
  await expect(api.ask({ method: 'GET', path: '/draw' }, stop.signal)).rejects.toThrow(/: stopped$/);
  await expect(api.ask({ method: 'GET', path: '/draw' }, stop.signal)).rejects.toThrow(/: stopped$/);
});

test('an answer that does not come in time is waited for no longer', async () => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] });
  try {
    const api = await stubServer(() => {
      jest.advanceTimersByTime(31_999);
      jest.advanceTimersByTime(1);
      return new Promise(() => undefined);
    });
    const answer = api.ask({ method: 'GET', path: '/draw', moreTimeMs: 2_000 }, never);
    await expect(answer).rejects.toThrow(/: none within 32 s$/);
  } finally {
    jest.useRealTimers();
  }
});

describe('an answer', () => {
  const answerOf = (status: number, body: unknown) => ({
    status,
    headers: {},
    body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  });

  test('that is good gives its values', () => {
    const values = { agency: 1, batch: 2, bets: 3, outcome: 'stored' };
    expect(valuesOf(answerOf(201, { ...values, more: 1 }), BATCH)).toEqual(values);
  });

  test.each([
    [404, { code: 'not-found', detail: 'there is none' }, 'not-found (404): there is none'],
    [
      422,
      {
        code: 'bad-batch',
        detail: '9 bets break a rule',
        errors: Array.from({ length: 6 }, (_, index) => ({
          position: index + 1,
          field: 'bet',
          rule: '6 fields',
        })),
        bad_bets: 9,
      },
      `bad-batch (422): 9 bets break a rule; ${[1, 2, 3, 4, 5].map((bet) => `bet ${bet}, bet: 6 fields; `).join('')}and 4 more`,
    ],
    [502, '<html>', 'refused (502): the server says no more than this'],
    [301, '', 'refused (301): the server says no more than this'],
    [
      401,
      problem(401, 'unauthorized', 'a token')?.body,
      'unauthorized (401): a token; --token-file names a file that holds it, or --cert and --key those of a certificate',
    ],
  ])('of status %d is a refusal', (status, body, text) => {
    expect(() => requireGood(answerOf(status, body))).toThrow(new Error(text));
  });

  test.each([['[]'], ['<html>'], ['{"agency":"1"}']])('%s is none of a lottery', (body) => {
    expect(() => valuesOf(answerOf(200, body), BATCH)).toThrow(
      'the answer (200) is none that a server of a lottery gives',
    );
  });
});
