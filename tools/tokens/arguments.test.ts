import { ConfigurationError } from '../../program/exit';
import { readArguments } from './arguments';

test('the number of agencies', () => {
  expect(readArguments([])).toBe(5);
  expect(readArguments(['12'])).toBe(12);
  expect(readArguments(['--help'])).toBe('help');
});

test.each([['0'], ['-1'], ['1e2'], ['1000001'], ['x'], ['1', '2'], ['--agencies']])(
  '%s is wrong usage',
  (...words) => {
    expect(() => readArguments(words)).toThrow(ConfigurationError);
    expect(() => readArguments(words)).toThrow(/^"[^\n]+" is wrong; usage: npm run tokens \[-- N\]/);
  },
);
