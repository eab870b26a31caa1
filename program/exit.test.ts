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

describe('an error that nothing catches', () => {
  const wait = 'await new Promise((resolve) => setTimeout(resolve, 5_000)); return 0;';

  test.each([
    ['thrown by a timer', 'setTimeout(() => { throw new Error("late\\n    line"); }, 1);', 'late line'],
    ['in a promise', 'void Promise.reject(new RangeError("late"));', 'late'],
    ['that is no error', 'void Promise.reject("a text");', 'a text'],
    ['of an emitter', 'new (require("node:events"))().emit("error", new Error("gone"));', 'gone'],
    [
      'of a thread',
      'new (require("node:worker_threads").Worker)("throw new Error(\'x\')", { eval: true });',
      'x',
    ],
  ])('%s ends the program with one line', (_, body, message) => {
    const { status, stderr, stdout } = run(`setImmediate(() => { ${body} }); ${wait}`);
    expect(stderr).toMatch(/^unexpected error: [^\n]*\n$/);
    expect(stderr).toContain(`unexpected error: ${message}`);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  });

  test('is told with the place that it came from', () => {
    const { stderr } = run(`setTimeout(function draw() { throw new Error("late"); }, 1); ${wait}`);
    expect(stderr).toMatch(/^unexpected error: late \(at [^\n]*draw[^\n]*\)\n$/);
  });
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
