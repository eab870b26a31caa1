import { checkTransition, silenceRule } from './phase';

test.each([
  ['reading', 'paused'],
  ['paused', 'reading'],
  ['paused', 'paused'],
  ['reading', 'halted'],
  ['halted', 'ending'],
  ['ending', 'lingering'],
  ['lingering', 'closed'],
] as const)('a connection that is %s may become %s', (from, to) => {
  expect(() => checkTransition(from, to)).not.toThrow();
});

test.each([
  ['closed', 'closed'],
  ['closed', 'reading'],
  ['halted', 'reading'],
  ['reading', 'ending'],
  ['reading', 'lingering'],
  ['halted', 'lingering'],
  ['lingering', 'ending'],
] as const)('a connection that is %s cannot become %s', (from, to) => {
  expect(() => checkTransition(from, to)).toThrow(`a connection that is ${from} cannot become ${to}`);
});

test.each([
  ['reading', 0, false, { limit: 'idle', then: 'end' }],
  ['reading', 0, true, undefined],
  ['reading', 1, true, { limit: 'idle', then: 'drop' }],
  ['paused', 0, false, undefined],
  ['halted', 1, false, { limit: 'idle', then: 'drop' }],
  ['ending', 1, false, { limit: 'idle', then: 'drop' }],
  ['lingering', 0, false, { limit: 'linger', then: 'drop' }],
] as const)(
  'a silent peer while %s, %d bytes not taken, waiting for an answer: %p',
  (phase, bytes, waits, rule) => {
    expect(silenceRule(phase, bytes, waits)).toEqual(rule);
  },
);
