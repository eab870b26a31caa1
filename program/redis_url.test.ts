import { ConfigurationError } from './exit';
import { parseRedisUrl, RedisAddress } from './redis_url';

const LOCAL: RedisAddress = {
  host: '127.0.0.1',
  port: 6379,
  isEncrypted: false,
  user: undefined,
  password: undefined,
  database: 0,
};

test.each<[string, Partial<RedisAddress>]>([
  ['redis://127.0.0.1', {}],
  ['redis://127.0.0.1:7000/', { port: 7000 }],
  ['redis://127.0.0.1:7000/15', { port: 7000, database: 15 }],
  ['rediss://redis.example', { host: 'redis.example', isEncrypted: true }],
  ['redis://[::1]:7000', { host: '::1', port: 7000 }],
  ['redis://:p%40ss@127.0.0.1', { password: 'p@ss' }],
  ['redis://lottery:a:b@127.0.0.1', { user: 'lottery', password: 'a:b' }],
  ['redis://lottery@127.0.0.1', { user: 'lottery' }],
  ['  redis://127.0.0.1 ', {}],
])('%s', (url, expected) => {
  expect(parseRedisUrl(url)).toEqual({ ...LOCAL, ...expected });
});

test.each([
  ['', /^REDIS_URL: no redis:/],
  ['127.0.0.1:6379', /^REDIS_URL: no redis:/],
  ['postgresql://u:geheim@h/d', /^REDIS_URL: no redis:/],
  ['redis://', /^REDIS_URL: no redis:/],
  ['redis://h/one', /^REDIS_URL: no redis:/],
  ['redis://h?db=1', /^REDIS_URL: no redis:/],
  ['redis://u:ge/heim@h', /^REDIS_URL: no redis:.*\/ as %2F/],
  ['redis://h:0', /^REDIS_URL: the port is none from 1 to 65535$/],
  ['redis://h:65536', /^REDIS_URL: the port/],
  ['redis://u:geheim%@h', /^REDIS_URL: a % without/],
])('%j is refused in one line that shows no password', (url, message) => {
  expect(() => parseRedisUrl(url)).toThrow(ConfigurationError);
  expect(() => parseRedisUrl(url)).toThrow(message);
  expect(() => parseRedisUrl(url)).toThrow(/^(?!.*heim).*$/);
});
