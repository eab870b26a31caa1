import { ConfigurationError } from '../../program/exit';
import { readArguments } from './arguments';

test('the number of agencies, and where to', () => {
  const plan = { agencies: 5, out: undefined, mayReplace: false };
  expect(readArguments([])).toEqual(plan);
  expect(readArguments(['12'])).toEqual({ ...plan, agencies: 12 });
  expect(readArguments(['12', '--out', 'x.ini'])).toEqual({ ...plan, agencies: 12, out: 'x.ini' });
  expect(readArguments(['--out=x.ini', '--replace', '3'])).toEqual({
    agencies: 3,
    out: 'x.ini',
    mayReplace: true,
  });
  expect(readArguments(['--help'])).toBe('help');
  expect(readArguments(['-h'])).toBe('help');
});

test.each([
  ['0'],
  ['-1'],
  ['1e2'],
  ['1000001'],
  ['x'],
  ['1', '2'],
  ['--agencies'],
  ['--out'],
  ['--out='],
  ['--replace'],
])('%s is wrong usage', (...words) => {
  expect(() => readArguments(words)).toThrow(ConfigurationError);
  expect(() => readArguments(words)).toThrow(/^[^\n]+; npm run tokens -- --help prints the usage$/);
});
