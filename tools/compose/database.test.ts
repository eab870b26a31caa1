import { database, databaseEnvironment } from './database';

/** What the tests look at. */
interface Service {
  readonly environment: readonly string[];
  readonly volumes: readonly string[];
  readonly tmpfs: readonly string[];
}

test.each([
  [
    'postgres',
    'DATABASE_URL=postgresql://lottery@database:5432/lottery?sslmode=disable',
    [
      'DATABASE_URL=postgresql://lottery@database:5432/lottery?sslmode=verify-full&sslrootcert=/password/database.pem',
    ],
  ],
  [
    'redis',
    'REDIS_URL=redis://lottery@database:6379/0',
    ['REDIS_URL=rediss://lottery@database:6379/0', 'REDIS_TLS_CA=/password/database.pem'],
  ],
] as const)(
  'servers reach %s as they are told, without TLS unless that is asked for',
  (ledger, plain, tls) => {
    const withPassword = (reached: readonly string[]): string[] => [
      `LEDGER=${ledger}`,
      ...reached,
      'DATABASE_PASSWORD_FILE=/password/lottery',
    ];
    expect(databaseEnvironment(ledger)).toEqual(withPassword([plain]));
    expect(databaseEnvironment(ledger, { tls: false })).toEqual(withPassword([plain]));
    expect(databaseEnvironment(ledger, { tls: true })).toEqual(withPassword(tls));
  },
);

test.each(['postgres', 'redis'] as const)('%s is told to have TLS, and is the same otherwise', (ledger) => {
  const [plain, tls] = [database(ledger), database(ledger, { tls: true })] as [Service, Service];
  expect(plain).toEqual(database(ledger, { tls: false }));
  expect(plain.environment).toEqual(['DATABASE_PASSWORD=${LOTTERY_DATABASE_PASSWORD:-}']);
  expect(tls).toEqual({ ...plain, environment: [...plain.environment, 'DATABASE_TLS=on'] });
  // The key is in memory, and the certificate where the servers read it.
  const inMemory = { postgres: /^\/run\/postgresql:/, redis: /^\/run\/redis:/ }[ledger];
  expect(tls.tmpfs).toContainEqual(expect.stringMatching(inMemory));
  expect(tls.volumes).toContainEqual(expect.stringMatching(/:\/password$/));
});
