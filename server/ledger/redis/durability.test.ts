import { factsFrom, requireUsable } from './durability';

const USABLE = {
  redis_version: '7.0.15',
  cluster_enabled: '0',
  role: 'master',
  loading: '0',
  aof_last_write_status: 'ok',
};

const factsOf = (more: Readonly<Record<string, string>>): ReturnType<typeof factsFrom> =>
  factsFrom(
    Object.entries({ ...USABLE, ...more })
      .map(([key, value]) => `${key}:${value}\r\n`)
      .join(''),
  );

test('a Redis that stores is usable', () => {
  requireUsable(factsOf({}));
  requireUsable(factsOf({ redis_version: '8.2.1' }));
});

test.each<[Readonly<Record<string, string>>, string, RegExp]>([
  [{ redis_version: '6.2.14' }, 'OperationError', /older than Redis 7/],
  [{ cluster_enabled: '1' }, 'OperationError', /Redis Cluster/],
  [{ role: 'slave' }, 'RedisUnreachable', /replica/],
  [{ loading: '1' }, 'RedisUnreachable', /is reading/],
  [{ aof_last_write_status: 'err' }, 'RedisUnreachable', /cannot write/],
])('%j is not', (more, name, message) => {
  let thrown: unknown;
  try {
    requireUsable(factsOf(more));
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toMatchObject({ name, message: expect.stringMatching(message) as string });
});
