import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { DIST } from '../tests/support/built';
import { oneLine } from './exit';

/** Runs a program whose body is given, and tells how it ends. */
function run(body: string): { status: number | null; stderr: string; stdout: string } {
  const source = `
    const { runProgram, ConfigurationError, OperationError } = require(process.argv[1]);
    void runProgram(async () => { ${body} });
  `;
  return spawnSync(process.execPath, ['-e', source, join(DIST, 'program/exit')], { encoding: 'utf8' });
}

test.each([
  ['return 0;', 0, ''],
  ['setInterval(() => undefined, 1000); return 0;', 0, ''],
  ['throw new ConfigurationError("wrong");', 2, 'wrong\n'],
  ['throw new OperationError("failed");', 1, 'failed\n'],
  ['throw new Error("first line\\n    second line");', 1, 'first line second line\n'],
  ['throw new TypeError();', 1, 'TypeError\n'],
  ['throw "a text";', 1, 'a text\n'],
  ['throw undefined;', 1, 'undefined\n'],
])('%s', (body, status, stderr) => {
  expect(run(body)).toMatchObject({ status, stderr, stdout: '' });
});

test.each([
  [new Error('a\r\n  b\n\nc'), 'a b c'],
  [new RangeError(''), 'RangeError'],
  ['text\n', 'text '],
  [null, 'null'],
])('%p on one line', (error, text) => {
  expect(oneLine(error)).toBe(text);
});

test('several errors in one say what they are', () => {
  const error = new AggregateError([
    new Error('connect ECONNREFUSED ::1:12345'),
    new Error('connect ECONNREFUSED 127.0.0.1:12345'),
  ]);
  expect(oneLine(error)).toContain('ECONNREFUSED');
});
