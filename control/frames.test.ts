import { frameBytes, FrameReader } from './frames';
import { smallLottery } from './testing/small_lottery';

test('frames come out as they went in, however the bytes are cut', () => {
  const frames = smallLottery();
  const bytes = Buffer.concat(frames.map(frameBytes));
  for (const step of [1, 7, 64, 300, bytes.length]) {
    const reader = new FrameReader();
    const found = [];
    for (let at = 0; at < bytes.length; at += step) found.push(...reader.push(bytes.subarray(at, at + step)));
    expect(found).toEqual(frames);
    expect(reader.pendingBytes).toBe(0);
  }
});

test('what is not whole waits', () => {
  const bytes = frameBytes(smallLottery()[1]!);
  const reader = new FrameReader();
  expect([...reader.push(bytes.subarray(0, -1))]).toEqual([]);
  expect(reader.pendingBytes).toBe(bytes.length - 1);
});

test.each(['x 1 1\n', '0 0 0\n', '1 2\n', '01 0 0\n', '65536 0 0\n', '1 0 999999999\n', '9'.repeat(40)])(
  'no frame: %j',
  (text) => {
    expect(() => [...new FrameReader().push(Buffer.from(text))]).toThrow(RangeError);
  },
);
