import { readServerConfiguration } from './config';
import { unprotectedDatabase } from './unprotected_database';

const told = (settings: Readonly<Record<string, string>>): ReturnType<typeof unprotectedDatabase> =>
  unprotectedDatabase(readServerConfiguration('/dev/null', settings));
const ofPostgres = (url: string): ReturnType<typeof unprotectedDatabase> =>
  told({ LEDGER: 'postgres', DATABASE_URL: url });
const ofRedis = (url: string): ReturnType<typeof unprotectedDatabase> =>
  told({ LEDGER: 'redis', REDIS_URL: url });
const saying = (text: RegExp): string => expect.stringMatching(text) as string;

test.each([
  ['postgresql://u:hidden@db/d?sslmode=disable', { plain_database: 'db', reason: saying(/reads bets/) }],
  [
    'postgresql://u:hidden@db1:5432,localhost,db2/d?sslmode=disable',
    { plain_database: 'db1, db2', reason: saying(/verify-full encrypts/) },
  ],
  ['postgresql://db/d?sslmode=allow', { unverified_database: 'db', reason: saying(/need not be encrypted/) }],
  [
    'postgresql://db/d?sslmode=prefer&sslrootcert=/ca&password=hidden',
    { unverified_database: 'db', reason: saying(/sslmode=prefer it need not be encrypted/) },
  ],
  ['postgresql://[fd00::7]/d?sslmode=require', { unverified_database: 'fd00::7', reason: saying(/anybody/) }],
])('%s is told of', (url, expected) => {
  expect(ofPostgres(url)).toEqual(expected);
});

test.each([
  'postgresql://db/d',
  'postgresql://localhost,db/d',
  'postgresql://db/d?sslmode=require&sslrootcert=/ca',
  'postgresql://db/d?sslmode=verify-ca&sslrootcert=/ca',
  'postgresql://db/d?sslmode=verify-full',
  'postgresql://localhost,127.0.0.1/d?sslmode=disable',
  'postgresql:///d?host=/run/postgresql&sslmode=prefer',
])('%s is not', (url) => {
  expect(ofPostgres(url)).toBeUndefined();
});

test('a Redis of another machine without TLS is told of', () => {
  expect(ofRedis('redis://u:hidden@cache:6380/1')).toEqual({
    plain_database: 'cache',
    reason: saying(/and the password; rediss:/),
  });
  for (const url of ['redis://u:hidden@[::1]:6380', 'redis://localhost', 'rediss://cache']) {
    expect(ofRedis(url)).toBeUndefined();
  }
});

test('a database that is not the ledger is not told of', () => {
  const urls = { DATABASE_URL: 'postgresql://db/d?sslmode=disable', REDIS_URL: 'redis://cache' };
  expect(told({ LEDGER: 'sqlite', ...urls })).toBeUndefined();
  expect(told({ LEDGER: 'postgres', ...urls })).toMatchObject({ plain_database: 'db' });
  expect(told({ LEDGER: 'redis', ...urls })).toMatchObject({ plain_database: 'cache' });
});

test.each(['p%40ss%3A%2F%3Fword', 'a%20b', 'p,a,s,s', '12345', 'host%3Dh', "'%22"])(
  'a password %s leaves no trace',
  (password) => {
    const texts = [
      ofPostgres(`postgresql://user:${password}@db:5432/d?sslmode=disable`),
      ofPostgres(`postgresql://db/d?user=user&password=${password}&sslmode=require`),
      ofRedis(`redis://user:${password}@db:6379/0`),
      ofRedis(`redis://:${password}@db`),
    ].map((details) => JSON.stringify(details));
    for (const text of texts) {
      expect(text).toContain('"db"');
      expect(text).not.toContain(password);
      expect(text).not.toContain(decodeURIComponent(password));
      expect(text).not.toContain('user');
    }
  },
);
