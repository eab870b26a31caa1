import { ConfigurationError } from '../../program/exit';
import { readArguments } from './arguments';

test.each([
  [[], 'print'],
  [['--follow'], 'follow'],
  [['--verify'], 'verify'],
  [['--help'], 'help'],
  [['--verify', '--help'], 'help'],
])('%j', (words, task) => {
  expect(readArguments(words)).toBe(task);
});

test.each([[['--follow', '--verify']], [['--all']], [['ledger']], [['--follow=yes']]])(
  '%j is refused',
  (words) => {
    expect(() => readArguments(words)).toThrow(ConfigurationError);
  },
);
