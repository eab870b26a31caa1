import { PassThrough, Writable } from 'node:stream';

import { LineOutput } from './line_output';

/** A stream that takes a text when it is told to. */
class HeldStream extends Writable {
  #taken: () => void = () => undefined;

  constructor() {
    super({ highWaterMark: 1 });
  }

  override _write(_chunk: unknown, _encoding: BufferEncoding, taken: () => void): void {
    this.#taken = taken;
  }

  /** The text that was written last is taken. */
  take(): void {
    this.#taken();
  }
}

/** Whether a promise has settled once all is done that is to be done now. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  void promise.then(() => (settled = true));
  await new Promise((resolve) => setImmediate(resolve));
  return settled;
}

const never = new AbortController().signal;

test('a text waits until the one before is taken', async () => {
  const stream = new HeldStream();
  const output = new LineOutput(stream, never);
  const first = output.write('one\n');
  expect(await isSettled(first)).toBe(false);
  expect(stream.writableLength).toBe(4);
  stream.take();
  expect(await first).toBe(true);
});

test('a reader that goes away ends it, whatever waits', async () => {
  const stream = new HeldStream();
  const output = new LineOutput(stream, never);
  const waiting = output.write('one\n');
  stream.destroy(Object.assign(new Error('broken pipe'), { code: 'EPIPE' }));
  expect(await waiting).toBe(false);
  expect(await output.write('two\n')).toBe(false);
  expect(await output.pause(60_000)).toBe(false);
  await output.flush();
});

test('a request to stop ends it, whatever waits', async () => {
  const stop = new AbortController();
  const output = new LineOutput(new HeldStream(), stop.signal);
  const waiting = output.write('one\n');
  stop.abort();
  expect(await waiting).toBe(false);
  // Nobody takes the line: that is not waited for without end.
  await output.flush();
});

test('a request to stop ends a pause', async () => {
  const stop = new AbortController();
  const output = new LineOutput(new PassThrough(), stop.signal);
  const pausing = output.pause(60_000);
  stop.abort();
  expect(await pausing).toBe(false);
});

test('goes on behind a pause', async () => {
  expect(await new LineOutput(new PassThrough(), never).pause(1)).toBe(true);
});

test('waits at the end until all is taken', async () => {
  const stream = new HeldStream();
  const output = new LineOutput(stream, never);
  void output.write('one\n');
  const flushing = output.flush();
  expect(await isSettled(flushing)).toBe(false);
  stream.take();
  await new Promise((resolve) => setImmediate(resolve));
  stream.take();
  await flushing;
});
