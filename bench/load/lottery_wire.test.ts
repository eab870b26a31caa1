import { encodeAck } from '../../protocol/ack';
import { encodeBet } from '../../protocol/bet';
import { betsText } from './bets_text';
import { LotteryWire } from './lottery_wire';

const OPTIONS = { agency: 3, bets: Buffer.from(betsText(3, 70)), places: 4 };

it('sends a BET for each batch', () => {
  const bets = betsText(3, 70).split(';');
  expect(bets).toHaveLength(70);
  expect(bets[0]).toMatch(/^3,1,/);
  const wire = new LotteryWire(OPTIONS);
  expect(wire.batches(9, 2)).toEqual([Buffer.concat([encodeBet(9, bets), encodeBet(10, bets)])]);
  expect(wire.batchBytes).toBe(encodeBet(1, bets).length);
});

it.each([1, 5, 17, 1_000])('counts acknowledgements that come in pieces of %d bytes', (pieceBytes) => {
  const wire = new LotteryWire(OPTIONS);
  const bytes = Buffer.concat([encodeAck(3, 1), encodeAck(3, 2), encodeAck(3, 3)]);
  let count = 0;
  for (let offset = 0; offset < bytes.length; offset += pieceBytes) {
    count += wire.answers(bytes.subarray(offset, offset + pieceBytes));
  }
  expect(count).toBe(3);
});

it('tells what the server refuses', () => {
  const wire = new LotteryWire(OPTIONS);
  expect(() => wire.answers(Buffer.from('ERR,0000000414,closed,over\n'))).toThrow('closed');
});
