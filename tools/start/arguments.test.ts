import { ConfigurationError } from '../../program/exit';
import { readArguments, USAGE } from './arguments';

test('five agencies take part where nothing is said', () => {
  expect(readArguments([])).toBe(5);
});

test.each(['1', '20', '1000'])('%s is a number of agencies', (word) => {
  expect(readArguments([word])).toBe(Number(word));
});

test.each(['--help', '-h'])('%s asks for the usage', (word) => {
  expect(readArguments([word])).toBe('help');
  expect(USAGE).toContain('npm start [-- N]');
});

test.each([['0'], ['1001'], ['-1'], ['1.5'], ['five'], [''], ['1e3'], ['9'.repeat(400)], ['2', '3']])(
  '%j is refused in one line',
  (...words) => {
    expect(() => readArguments(words)).toThrow(ConfigurationError);
    expect(() => readArguments(words)).toThrow(/^.* is wrong; usage: npm start \[-- N\].*$/);
  },
);
