import { command, RedisWire } from './redis_wire';

const OPTIONS = { agency: 2, bets: Buffer.from('2,1,María'), places: 4 };

it('sends a value for each batch', () => {
  const wire = new RedisWire(OPTIONS);
  const sent = Buffer.concat(wire.batches(1, 2)).toString();
  expect(sent).toBe(
    ['00000001', '00000002']
      .map((id) => `*3\r\n$3\r\nSET\r\n$10\r\n2:${id}\r\n$10\r\n2,1,María\r\n`)
      .join(''),
  );
  expect(wire.batchBytes * 2).toBe(Buffer.byteLength(sent));
});

it('sends sizes in bytes', () => {
  expect(command('PING', 'ñ').toString()).toBe('*2\r\n$4\r\nPING\r\n$2\r\nñ\r\n');
});

it.each([1, 2, 3, 4, 5, 6, 7])('counts answers that come in pieces of %d bytes', (pieceBytes) => {
  const wire = new RedisWire(OPTIONS);
  const bytes = Buffer.from('+PONG\r\n+OK\r\n+OK\r\n');
  let count = 0;
  for (let offset = 0; offset < bytes.length; offset += pieceBytes) {
    count += wire.answers(bytes.subarray(offset, offset + pieceBytes));
  }
  expect(count).toBe(3);
});

it('tells what Redis refuses', () => {
  const wire = new RedisWire(OPTIONS);
  expect(() => wire.answers(Buffer.from('+OK\r\n-OOM command not allowed\r\n'))).toThrow(
    'Redis: -OOM command not allowed',
  );
});
