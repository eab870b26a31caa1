import { ConfigurationError } from '../../program/exit';
import { AUDITOR, OPERATOR } from '../../server/doors/identity/party';
import { readArguments, USAGE } from './arguments';

const OUT = ['--out', 'x.ini'];

test('a new file', () => {
  const task = { kind: 'create', agencies: 5, mayReplace: false };
  expect(readArguments(OUT)).toEqual({ file: 'x.ini', task });
  expect(readArguments(['12', ...OUT])).toEqual({ file: 'x.ini', task: { ...task, agencies: 12 } });
  expect(readArguments(['--out=x.ini', '--replace', '3'])).toEqual({
    file: 'x.ini',
    task: { kind: 'create', agencies: 3, mayReplace: true },
  });
  expect(readArguments(['--help'])).toBe('help');
  expect(readArguments(['-h'])).toBe('help');
});

test('the usage says what the auditor may write', () => {
  expect(USAGE.replace(/\n/g, ' ')).toContain(
    "the auditor's, which reads everything and writes nothing but the number of a draw, where it is entered, or its beacon's round,",
  );
  for (const line of USAGE.split('\n')) expect(line.length).toBeLessThanOrEqual(120);
});

test('changes of a file', () => {
  const taskOf = (...words: string[]): unknown => {
    const plan = readArguments([...words, ...OUT]);
    return plan === 'help' ? plan : plan.task;
  };
  const holders = [OPERATOR, AUDITOR, 3];
  expect(taskOf('--renew', 'operator,auditor,3,3')).toEqual({ kind: 'renew', holders, keepsOld: false });
  expect(taskOf('--renew=3', '--keep-old')).toEqual({ kind: 'renew', holders: [3], keepsOld: true });
  expect(taskOf('--drop-old', '3')).toEqual({ kind: 'drop-old', holders: [3] });
  expect(taskOf('--revoke', '4,3')).toEqual({ kind: 'revoke', holders: [4, 3] });
  expect(taskOf('--convert')).toEqual({ kind: 'convert' });
});

test.each([
  ['0', ...OUT],
  ['-1', ...OUT],
  ['1e2', ...OUT],
  ['1000001', ...OUT],
  ['x', ...OUT],
  ['1', '2', ...OUT],
  ['--agencies', ...OUT],
  ['--out'],
  ['--out='],
  ['--replace'],
  [],
  ['5'],
  ['--renew', '3'],
  ['--renew', '', ...OUT],
  ['--renew', '3,', ...OUT],
  ['--renew', '3, 4', ...OUT],
  ['--renew', '0', ...OUT],
  ['--revoke', 'Operator', ...OUT],
  ['--renew', '3', '--revoke', '3', ...OUT],
  ['--renew', '3', '--replace', ...OUT],
  ['5', '--renew', '3', ...OUT],
  ['--keep-old', ...OUT],
  ['--revoke', '3', '--keep-old', ...OUT],
  ['--convert', '--drop-old', '3', ...OUT],
])('%s %s %s is wrong usage', (...words) => {
  expect(() => readArguments(words)).toThrow(ConfigurationError);
  expect(() => readArguments(words)).toThrow(/^[^\n]+; npm run tokens -- --help prints the usage$/);
});

test('without --out it says why there must be one', () => {
  expect(() => readArguments(['5'])).toThrow(
    /^--out is missing: the digests are for the server, in a file, and/,
  );
});
