import { PassThrough } from 'node:stream';

import { LineOutput } from '../line_output';
import { ConsoleOutput } from './output';

const BYTES = Buffer.from([0, 27, 91, 50, 74, 0xff, 10]);

/** What an output writes. */
async function written(
  isTerminal: boolean,
  write: (output: ConsoleOutput) => Promise<void>,
): Promise<Buffer> {
  const stream = new PassThrough();
  await write(new ConsoleOutput(new LineOutput(stream, new AbortController().signal), isTerminal));
  stream.end();
  return Buffer.concat(await stream.toArray());
}

test('a pipe gets a value byte for byte, and a line feed', async () => {
  const all = await written(false, (output) => output.value(BYTES));
  expect(all).toEqual(Buffer.concat([BYTES, Buffer.from('\n')]));
});

test('a terminal gets nothing that it obeys', async () => {
  const all = await written(true, (output) => output.value(BYTES));
  expect(all.toString()).toBe('\\x00\\x1b[2J\\xff\n\n');
  expect((await written(true, (output) => output.line('\u001b[2J'))).toString()).toBe('\\u{1b}[2J\n');
  expect((await written(false, (output) => output.line('\u001b[2J'))).toString()).toBe('\u001b[2J\n');
});

test.each([
  ['application/octet-stream', 'a\n', 'a\n\n'],
  ['application/json; charset=utf-8', '{}\n', '{}\n'],
  ['text/csv', 'a', 'a\n'],
])('an answer of %s ends as it does', async (type, body, text) => {
  const answer = { status: 200, headers: { 'content-type': type }, body: Buffer.from(body) };
  expect((await written(false, (output) => output.answer(answer))).toString()).toBe(text);
});
