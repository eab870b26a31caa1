import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ProtocolError } from '../../../../protocol/error_codes';
import { asRefusal, PROBLEMS, Refusal } from './problem';

test('the table of docs/HTTP.md has every code that is answered, with its status', () => {
  const document = readFileSync(join(__dirname, '../../../../docs/HTTP.md'), 'utf8');
  const told = [...document.matchAll(/^\| (\d{3}) +\| `([a-z-]+)` +\|/gm)].map(
    ([, status, code]) => `${code} ${status}`,
  );
  // What `bad-header` stands for over TCP is `bad-request` here.
  const known = Object.entries(PROBLEMS).filter(([code]) => code !== 'bad-header');
  expect(told.sort()).toEqual(known.map(([code, { status }]) => `${code} ${status}`).sort());
});

test('a refusal becomes a problem', () => {
  const errors = [{ position: 1, field: 'number', rule: '0 to 9999' }];
  const refusal = new Refusal('bad-batch', 'one bet breaks a rule', { errors, badBets: 1 });
  expect(JSON.parse(refusal.toBody().toString())).toEqual({
    type: '/problems/bad-batch',
    title: 'The batch breaks a rule',
    status: 422,
    detail: 'one bet breaks a rule',
    code: 'bad-batch',
    errors,
    bad_bets: 1,
  });
});

test.each<[string, unknown, string | undefined]>([
  ['an error of the lottery', new ProtocolError('closed', 'the sale is closed'), 'closed'],
  [
    'a body that the framework finds too large',
    Object.assign(new Error('x'), { statusCode: 413 }),
    'too-large',
  ],
  ['what else the framework refuses', Object.assign(new Error('x'), { statusCode: 418 }), 'bad-request'],
  ['a mistake that names a status', Object.assign(new Error('x'), { statusCode: 500 }), undefined],
  ['a mistake', new TypeError('x'), undefined],
  ['no error', 'x', undefined],
])('%s', (_, error, code) => {
  expect(asRefusal(error)?.code).toBe(code);
});

test('what the framework says is not repeated', () => {
  const error = Object.assign(new Error("Route '/secret' is bad"), { statusCode: 400 });
  expect(asRefusal(error)?.message).toBe('the request cannot be read');
});
