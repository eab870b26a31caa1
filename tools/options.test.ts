import { ConfigurationError } from '../program/exit';
import { readOptions, wholeNumber } from './options';

const KNOWN = { rounds: { type: 'string' }, loud: { type: 'boolean' } } as const;
const HINT = 'usage: test [--rounds N] [--loud]';

test('reads options in both ways of writing', () => {
  expect({ ...readOptions(['--rounds', '3', '--loud'], KNOWN, HINT) }).toEqual({ rounds: '3', loud: true });
  expect({ ...readOptions(['--rounds=3'], KNOWN, HINT) }).toEqual({ rounds: '3' });
});

test.each([
  [['--nonsense'], "Unknown option '--nonsense'"],
  [['5'], "Unexpected argument '5'"],
  [['--rounds'], "Option '--rounds <value>' argument missing"],
  [['--loud=yes'], "Option '--loud' does not take an argument"],
])('%j: one sentence and the hint', (words, sentence) => {
  const refuse = (): unknown => readOptions(words, KNOWN, HINT);
  expect(refuse).toThrow(ConfigurationError);
  expect(refuse).toThrow(new RegExp(`${sentence}[^\\n.]*; usage: test [^\\n]*$`));
});

test.each([
  ['0', 0],
  ['007', 7],
  ['10', 10],
  [undefined, undefined],
])('the whole number of %j is %j', (text, value) => {
  expect(wholeNumber('rounds', text, { minimum: 0, maximum: 10 })).toBe(value);
});

test.each(['', ' 1', '-1', '+1', '1.5', '1e1', '11', 'ten', '9'.repeat(400)])('%j is refused', (text) => {
  const refuse = (hint?: string) => (): unknown =>
    wholeNumber('rounds', text, { minimum: 0, maximum: 10, ...(hint !== undefined && { hint }) });
  const message = `--rounds: ${JSON.stringify(text)} is wrong; allowed is a whole number from 0 to 10`;
  expect(refuse()).toThrow(new ConfigurationError(message));
  expect(refuse(HINT)).toThrow(new ConfigurationError(`${message}; ${HINT}`));
});
