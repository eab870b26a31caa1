import { possibleConnections, shareConnections } from './connection_shares';

test('what was asked for, where there are descriptors enough or nobody can tell', () => {
  expect(possibleConnections(10_000, 1_048_576)).toBe(10_000);
  expect(possibleConnections(10_000, undefined)).toBeGreaterThan(0);
});

test('what the descriptors leave, otherwise', () => {
  expect(possibleConnections(10_000, 64)).toBe(16);
});

test('none is a reason not to start', () => {
  expect(() => possibleConnections(10_000, 48)).toThrow(/48 file descriptors are too few/);
});

test.each([
  [{ tcp: 10_000, http: 0, memcached: 0 }, 20_000, { tcp: 10_000, http: 0, memcached: 0 }],
  [{ tcp: 10_000, http: 1_000, memcached: 2_000 }, 20_000, { tcp: 10_000, http: 1_000, memcached: 2_000 }],
  [{ tcp: 10_000, http: 1_000, memcached: 0 }, 1_048, { tcp: 900, http: 100, memcached: 0 }],
  [{ tcp: 10_000, http: 1_000, memcached: 2_000 }, 1_048, { tcp: 800, http: 100, memcached: 100 }],
  [{ tcp: 10_000, http: 0, memcached: 0 }, 1_048, { tcp: 1_000, http: 0, memcached: 0 }],
  [{ tcp: 10_000, http: 1_000, memcached: 0 }, 49, { tcp: 1, http: 1, memcached: 0 }],
])('of %j with %d descriptors, the doors have %j', (wanted, limit, shared) => {
  expect(shareConnections(wanted, limit)).toEqual(shared);
});
