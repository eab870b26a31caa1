import { withConstants } from './script_files';

const CONSTANTS = { MAX_KNOWN_ASKS: 64, AGENCY_LOCKS: 8 };

test('the constants stand in the place of their names', () => {
  const text = 'OFFSET ${MAX_KNOWN_ASKS} - 1 AS $$ ${AGENCY_LOCKS}';
  expect(withConstants(text, CONSTANTS)).toBe('OFFSET 64 - 1 AS $$ 8');
});

test.each(['${max_known_asks}', '${toString}', '${}'])('an unknown name is refused: %s', (text) => {
  expect(() => withConstants(text, CONSTANTS)).toThrow(text);
});
