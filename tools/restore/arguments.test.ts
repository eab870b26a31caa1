import { ConfigurationError } from '../../program/exit';
import { readArguments } from './arguments';

test('a copy and a folder', () => {
  expect(readArguments(['copy.db', '--into', 'new'])).toEqual({ copy: 'copy.db', into: 'new' });
  expect(readArguments(['--into=new', 'copy.db'])).toEqual({ copy: 'copy.db', into: 'new' });
  expect([readArguments(['-h']), readArguments(['--help'])]).toEqual(['help', 'help']);
});

test.each([
  [[]],
  [['copy.db']],
  [['--into', 'new']],
  [['a', 'b', '--into', 'new']],
  [['', '--into', 'new']],
  [['copy.db', '--into=']],
  [['copy.db', '--into', 'new', '--force']],
])('%j is wrong usage', (words) => {
  expect(() => readArguments(words)).toThrow(ConfigurationError);
  expect(() => readArguments(words)).toThrow(/^[^\n]+; npm run restore -- --help prints the usage$/);
});
