import { ConfigurationError } from '../../program/exit';
import { readArguments, USAGE } from './arguments';

const BY_DEFAULT = { agencies: 5, bets: undefined, stays: false, isProved: false };

test('five agencies take part, on their own files, where nothing is said', () => {
  expect(readArguments([])).toEqual(BY_DEFAULT);
});

test.each(['1', '20', '1000'])('%s is a number of agencies', (word) => {
  expect(readArguments([word])).toEqual({ ...BY_DEFAULT, agencies: Number(word) });
});

test.each([
  ['3', '--bets', '2000000', '--stay'],
  ['--stay', '--bets=2000000', '3'],
])('the options stand in any order: %j', (...words) => {
  expect(readArguments(words)).toEqual({ ...BY_DEFAULT, agencies: 3, bets: 2_000_000, stays: true });
});

test.each([['--help'], ['-h'], ['3', '--stay', '-h']])('%j asks for the usage', (...words) => {
  expect(readArguments(words)).toBe('help');
});

test('the usage fits a terminal and its example is allowed', () => {
  expect(USAGE).toContain('npm start [-- [N] [--bets N] [--stay] [--believe]]');
  for (const line of USAGE.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  const example = /^for example: npm start -- (.*)$/m.exec(USAGE)?.[1] ?? '';
  expect(readArguments(example.split(' '))).toMatchObject({ stays: true });
});

test.each([
  [['0'], /^"0" is wrong; allowed is one number of agencies, 1 to 1000; /],
  [['1001'], /^"1001" /],
  [['-1'], /Unknown option '-1'; /],
  [['1.5'], /^"1\.5" /],
  [['five'], /^"five" /],
  [[''], /^"" /],
  [['1e3'], /^"1e3" /],
  [['9'.repeat(400)], /^"9{400}" /],
  [['2', '3'], /^"2 3" /],
  [['--bets', '0'], /^--bets: "0" is wrong; allowed is a whole number from 1 to 100000000$/],
  [['--bets', '100000001'], /^--bets: /],
  [['--bets'], /Option '--bets <value>' argument missing; /],
  [['--stay=yes'], /Option '--stay' does not take an argument; /],
  [['--nonsense'], /Unknown option '--nonsense'; `npm start -- --help` prints the usage$/],
])('%j is refused in one line', (words, line) => {
  expect(() => readArguments(words)).toThrow(ConfigurationError);
  expect(() => readArguments(words)).toThrow(new RegExp(`${line.source.replace(/\$$/, '')}[^\\n]*$`));
});

test('the draw is checked when the server has ended, so that it cannot stay', () => {
  expect(readArguments(['--believe'])).toEqual({ ...BY_DEFAULT, isProved: true });
  expect(() => readArguments(['--believe', '--stay'])).toThrow('--believe and --stay cannot go together');
});
