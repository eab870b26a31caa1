import { PassThrough, Readable } from 'node:stream';

import { MAX_LINE_BYTES, PipedInput } from './piped_input';

async function allOf(input: PipedInput): Promise<string[]> {
  const lines: string[] = [];
  for (;;) {
    const line = await input.next().catch((error: unknown) => String(error));
    if (line === undefined) return lines;
    lines.push(line);
  }
}

const of = (...chunks: readonly (string | Buffer)[]): PipedInput =>
  new PipedInput(Readable.from(chunks.map((chunk) => Buffer.from(chunk as string))));

test('gives lines, however they come, and the last one without an end', async () => {
  expect(await allOf(of('get a\nge', 't b\n\ndr', 'aw'))).toEqual(['get a', 'get b', '', 'draw']);
  expect(await allOf(of('draw\n'))).toEqual(['draw']);
  expect(await allOf(of())).toEqual([]);
});

test('a character may be cut by the border of two pieces', async () => {
  const bytes = Buffer.from('set a ñ\n');
  expect(await allOf(of(bytes.subarray(0, 7), bytes.subarray(7)))).toEqual(['set a ñ']);
});

test('a line that is not in UTF-8 is refused, and those after it are taken', async () => {
  const lines = await allOf(of(Buffer.from([0x73, 0xff, 0x0a]), 'draw\n'));
  expect(lines).toEqual(['OperationError: the line is not in UTF-8', 'draw']);
});

test('a line that is too long is not kept, and those after it are taken', async () => {
  const part = Buffer.alloc(MAX_LINE_BYTES / 2, 'a');
  const lines = await allOf(of(part, part, 'a\ndraw\n'));
  expect(lines).toEqual(['OperationError: the line is longer than 16 MiB', 'draw']);
  expect((await allOf(of(part, part, '\n')))[0]).toHaveLength(MAX_LINE_BYTES);
});

test('closing it ends who waits for a line', async () => {
  const stream = new PassThrough();
  const input = new PipedInput(stream);
  const line = input.next();
  input.close();
  expect(await line).toBeUndefined();
  expect(await input.next()).toBeUndefined();
  expect(stream.destroyed).toBe(true);
});

test('an input that cannot be read is told once', async () => {
  const stream = new PassThrough();
  const input = new PipedInput(stream);
  stream.destroy(new Error('EISDIR: it is a folder'));
  await expect(input.next()).rejects.toThrow('the commands cannot be read: EISDIR: it is a folder');
  expect(await input.next()).toBeUndefined();
});
