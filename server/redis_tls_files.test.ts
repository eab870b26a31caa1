import { readServerConfiguration, redisOf } from './config';

const read = (settings: Readonly<Record<string, string>>): unknown =>
  redisOf(readServerConfiguration('/dev/null', { LEDGER: 'redis', REDIS_URL: 'rediss://cache', ...settings }))
    .tls;

test('the files are those that are named, with where that was', () => {
  expect(read({})).toBeUndefined();
  expect(read({ REDIS_TLS_CA: '/ca.pem' })).toEqual({
    ca: { setting: 'environment: REDIS_TLS_CA:', path: '/ca.pem' },
  });
  expect(read({ REDIS_TLS_CERT: '/cert.pem', REDIS_TLS_KEY: '/key.pem' })).toEqual({
    certificate: { setting: 'environment: REDIS_TLS_CERT:', path: '/cert.pem' },
    key: { setting: 'environment: REDIS_TLS_KEY:', path: '/key.pem' },
  });
});

test.each(['REDIS_TLS_CERT', 'REDIS_TLS_KEY'])('%s alone is refused', (key) => {
  expect(() => read({ [key]: '/x.pem' })).toThrow(
    new RegExp(`^environment: ${key}: allowed are REDIS_TLS_CERT and REDIS_TLS_KEY, or neither$`),
  );
});

test.each(['REDIS_TLS_CA', 'REDIS_TLS_CERT', 'REDIS_TLS_KEY'])(
  '%s beside redis:// is refused, without the password',
  (key) => {
    const settings = { REDIS_URL: 'redis://u:hidden@127.0.0.1', [key]: '/x.pem' };
    expect(() => read(settings)).toThrow(
      new RegExp(
        `^environment: ${key}: is of no use with redis://; allowed is rediss:// in REDIS_URL, [^\n]*$`,
      ),
    );
    expect(() => read(settings)).not.toThrow(/hidden/);
  },
);

test('settings of a Redis that is not the ledger do no harm', () => {
  const settings = { LEDGER: 'sqlite', REDIS_URL: '', REDIS_TLS_CA: '/ca.pem' };
  expect(read(settings)).toMatchObject({ ca: { path: '/ca.pem' } });
});
