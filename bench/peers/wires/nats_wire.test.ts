import { NatsWire } from './nats_wire';

const OPTIONS = { agency: 2, bets: Buffer.from('2,1,María'), places: 4 };
const STORED = '{"stream":"bets","seq":7}';

function answer(batchId: number, payload = STORED): string {
  const id = String(batchId).padStart(8, '0');
  return `MSG stored.2.${id} 1 ${Buffer.byteLength(payload)}\r\n${payload}\r\n`;
}

function ignore(): void {
  throw new Error('nothing is to be sent');
}

it('greets, and listens for its own answers', () => {
  const [first, ...others] = new NatsWire(OPTIONS).greeting.toString().split('\r\n');
  expect(first).toMatch(/^CONNECT \{.*\}$/);
  expect(others).toEqual(['SUB stored.2.* 1', 'PING', '']);
});

it('sends a message for each batch', () => {
  const sent = Buffer.concat(new NatsWire(OPTIONS).batches(1, 2)).toString();
  expect(sent).toBe(
    ['00000001', '00000002'].map((id) => `PUB bets.2 stored.2.${id} 10\r\n2,1,María\r\n`).join(''),
  );
});

it.each([1, 2, 7, 30, 1_000])('counts answers that come in pieces of %d bytes', (pieceBytes) => {
  const wire = new NatsWire(OPTIONS);
  const bytes = Buffer.from(`INFO {"a":"b c"}\r\nPONG\r\n${answer(1)}PING\r\n${answer(2)}${answer(3)}`);
  const sent: string[] = [];
  let count = 0;
  for (let offset = 0; offset < bytes.length; offset += pieceBytes) {
    const piece = bytes.subarray(offset, offset + pieceBytes);
    count += wire.answers(piece, (reply) => sent.push(reply.toString()));
  }
  expect(count).toBe(4);
  expect(sent).toEqual(['PONG\r\n']);
});

it.each([
  ['a batch that was not stored', answer(1, '{"error":{"code":503}}'), /NATS: .*503/],
  ['an answer out of order', answer(2), /out of order/],
  ['a refused command', "-ERR 'Maximum Payload Violation'\r\n", /Maximum Payload Violation/],
])('tells of %s', (_, text, message) => {
  expect(() => new NatsWire(OPTIONS).answers(Buffer.from(text), ignore)).toThrow(message);
});
