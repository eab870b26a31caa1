import { possibleConnections } from './descriptors';

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
