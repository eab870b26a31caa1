import { Board } from './board';
import { logText } from './log_wording';
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
  const figures = figuresOf(log && { log });
  expect(logText(new Board(stateOf({ figures })))).toBe(text);
});
