import { describeUnless, named } from '../support/skipping';

test('what is asked for before there are tests asks for none yet', () => {
  const { describe: ours } = globalThis;
  Reflect.deleteProperty(globalThis, 'describe');
  try {
    expect(() => describeUnless(undefined)).not.toThrow();
  } finally {
    globalThis.describe = ours;
  }
});

test('the name of a test says why it is skipped', () => {
  expect(named('it runs', undefined)).toBe('it runs');
  expect(named('it runs', 'no engine')).toBe('it runs (skipped: no engine)');
});
