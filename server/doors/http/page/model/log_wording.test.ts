import { Board } from './board';
import { logText, signersText } from './log_wording';
import { figuresOf, stateOf } from './testing/messages';

test.each([
  [undefined, ''],
  [{ size: 1, isSealed: false, hasResult: false }, 'Log: 1 entry is signed.'],
  [{ size: 1401, isSealed: true, hasResult: false }, 'Log: 1,401 entries are signed; the sale is sealed.'],
  [
    { size: 401, isSealed: true, hasResult: true },
    'Log: 401 entries are signed; the sale is sealed, and the result stands behind the seal.',
  ],
])('%j', (log, text) => {
  const figures = figuresOf(log && { log: { ...log, signers: [], sealSigners: [] } });
  expect(logText(new Board(stateOf({ figures })))).toBe(text);
});

test.each([
  [[], false, [], ''],
  [['log'], false, [], 'The newest checkpoint is signed by log.'],
  [['log', 'control'], false, [], 'The newest checkpoint is signed by log and control.'],
  [['log'], true, ['log'], 'The seal and the newest checkpoint are signed by log.'],
  [['log'], true, ['log', 'control'], 'The seal is signed by log and control; the newest checkpoint by log.'],
  [['a', 'b', 'c', 'd', 'e', 'f'], false, [], 'The newest checkpoint is signed by a, b, c, d and 2 more.'],
])('signed by %j, sealed %j by %j', (signers, isSealed, sealSigners, text) => {
  const log = { size: 9, isSealed, hasResult: false, signers, sealSigners };
  expect(signersText(new Board(stateOf({ figures: figuresOf({ log }) })))).toBe(text);
});

test('without a log, nobody has signed', () => {
  expect(signersText(new Board(stateOf()))).toBe('');
});
