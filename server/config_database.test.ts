import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from '../tests/support/built';
import { folder, read, refusal } from './testing/configuration_text';

test('a database needs to be named', () => {
  const url = 'postgresql://lottery@127.0.0.1/lottery';
  expect(refusal('', { LEDGER: 'postgres' })).toMatch(/DATABASE_URL: missing; with LEDGER = postgres/);
  expect(refusal('', { LEDGER: 'paper' })).toMatch(/allowed is one of sqlite, postgres, redis/);
  expect(read('', { LEDGER: 'postgres', DATABASE_URL: url })).toMatchObject({
    LEDGER: 'postgres',
    DATABASE_URL: url,
  });
});

test('a Redis needs to be named', () => {
  const url = 'redis://127.0.0.1:6379/1';
  expect(refusal('', { LEDGER: 'redis', DATABASE_URL: 'postgresql://u@h/d' })).toMatch(
    /REDIS_URL: missing; with LEDGER = redis allowed is redis:/,
  );
  expect(read('', { LEDGER: 'redis', REDIS_URL: url })).toMatchObject({ REDIS_URL: url });
  expect(refusal('', { LEDGER: 'redis', REDIS_URL: 'postgresql://u@h/d' })).toMatch(
    /^environment: REDIS_URL: no redis:/,
  );
  expect(refusal('', { REDIS_CONNECTIONS: '2' })).toMatch(/REDIS_CONNECTIONS: "2" is wrong/);
});

test("the Redis' password may lie in a file", () => {
  writeFileSync(join(folder, 'password'), 'geheim\n');
  const settings = {
    LEDGER: 'redis',
    REDIS_URL: 'redis://h/1',
    DATABASE_PASSWORD_FILE: join(folder, 'password'),
  };
  expect(read('', settings)).toMatchObject({ REDIS_URL: 'redis://:geheim@h/1' });
});

test("the database's password may lie in a file, which is looked at only for postgres", () => {
  const settings = { DATABASE_PASSWORD_FILE: join(ROOT, 'nowhere'), DATABASE_URL: 'postgresql://u@h/d' };
  expect(read('', settings)).toMatchObject({ DATABASE_URL: 'postgresql://u@h/d' });
  expect(refusal('', { ...settings, LEDGER: 'postgres' })).toMatch(
    /^DATABASE_PASSWORD_FILE: .*nowhere: cannot be read/,
  );
});
