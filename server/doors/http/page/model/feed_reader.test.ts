import fc from 'fast-check';

import { readChange, readState } from './feed_reader';
import { changeOf, figuresOf, stateOf } from './testing/messages';

const DRAW = {
  isCalledOff: false,
  bets: 9,
  missingAgencies: 0,
  winningBets: 2,
  winners: [[1, 2]],
  decidedAtMs: 5,
  tookMs: 1.5,
  sale: { bets: 9, durationMs: 3 },
};

const EXPIRY = { name: 'server', urgency: 'soon', leftMs: 1, agencies: [], count: 1 };

function withFigures(other: object): unknown {
  return { ...stateOf(), figures: { ...figuresOf(), ...other } };
}

test('what the server says is understood', () => {
  const state = stateOf({
    agencies: [[1, 2, 3, 4, 0, 1, 6, 1, 5]],
    deadline: { action: 'draw', afterFirstFinishMs: 5 },
    figures: figuresOf({
      refusals: [{ door: 'tcp', code: 'closed', count: 2 }],
      overseers: [{ party: 'auditor', right: 'token', connections: 0, atMs: 7 }],
      expiring: [{ name: 'agencies', urgency: 'urgent', leftMs: 9, agencies: [2, 3], count: 5 }],
      progress: {
        phase: 'gated',
        gate: 'the notary',
        isOverdue: false,
        dueAtMs: 6,
        leftMs: 1,
        numberDueAtMs: 9,
        numberLeftMs: -2,
      },
      log: { size: 3, isSealed: true, hasResult: false, signers: ['a', 'b'], sealSigners: ['a'] },
    }),
  });
  expect(readState(JSON.stringify(state))).toEqual(state);
  expect(readState(JSON.stringify({ ...state, draw: DRAW }))).toEqual({ ...state, draw: DRAW });
  expect(readChange(JSON.stringify(changeOf()))).toEqual(changeOf());
});

test('a newer server may say more', () => {
  const figures = { ...figuresOf(), more: 'x' };
  expect(readState(JSON.stringify({ ...stateOf(), figures, more: [1] }))).toBeDefined();
});

test.each<[string, unknown]>([
  ['no object', 5],
  ['null', null],
  ['a list', []],
  ['another format', { ...stateOf(), format: 1 }],
  ['no name of the run', { ...stateOf(), run: 5 }],
  ['a text for a number', { ...stateOf(), agencyCount: '3' }],
  ['no history', { ...stateOf(), history: undefined }],
  ['a history of two lengths', { ...stateOf(), history: { atMs: [1], bets: [] } }],
  ['no figures', { ...stateOf(), figures: undefined }],
  ['figures without commits', { ...stateOf(), figures: { ...figuresOf(), commits: undefined } }],
  [
    'another door',
    { ...stateOf(), figures: { ...figuresOf(), refusals: [{ door: 'x', code: '', count: 1 }] } },
  ],
  [
    'a log whose signers are not named',
    withFigures({ log: { size: 1, isSealed: false, hasResult: false, signers: [1], sealSigners: [] } }),
  ],
  ['a log of an older server', withFigures({ log: { size: 1, isSealed: false, hasResult: false } })],
  ['another right', withFigures({ overseers: [{ party: 'operator', right: 'x', connections: 1, atMs: 1 }] })],
  ['another overseer', withFigures({ overseers: [{ party: 'x', right: 'none', connections: 1, atMs: 1 }] })],
  ['another urgency', withFigures({ expiring: [{ ...EXPIRY, urgency: 'x' }] })],
  ['an expiry without agencies', withFigures({ expiring: [{ ...EXPIRY, agencies: undefined }] })],
  ['no server', { ...stateOf(), server: undefined }],
  ['another action', { ...stateOf(), deadline: { action: 'wait' } }],
  ['no progress', { ...stateOf(), figures: { ...figuresOf(), progress: undefined } }],
  [
    'another phase',
    { ...stateOf(), figures: { ...figuresOf(), progress: { phase: 'x', isOverdue: false } } },
  ],
  ['half a sale', { ...stateOf(), draw: { ...DRAW, sale: { bets: 9 } } }],
  ['a short agency', { ...stateOf(), agencies: [[1, 2, 3]] }],
  ['half a draw', { ...stateOf(), draw: { ...DRAW, bets: undefined } }],
  ['winners without counts', { ...stateOf(), draw: { ...DRAW, winners: [[1]] } }],
])('%s is not understood', (_, message) => {
  expect(readState(JSON.stringify(message))).toBeUndefined();
});

test('whatever comes, nothing breaks', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect(readState(text)).toBeUndefined();
      expect(readChange(text)).toBeUndefined();
    }),
  );
});
