import { encodeAsk } from '../../../protocol/ask';
import { ProtocolError } from '../../../protocol/error_codes';
import { encodeRcp } from '../../../protocol/rcp';
import { MemoryLedger } from '../../ledger/memory_ledger';
import { betBytes } from '../../testing/bets';
import { settled } from '../../testing/settled';
import { NOTHING_SIGNED } from '../../lottery/receipts';
import { Bench, TERMS } from './testing/bench';

type Receipt = Buffer | undefined;

/** Receipts that are given when the test says so. */
class HeldReceipts {
  readonly progress = NOTHING_SIGNED;
  readonly calls: { asked: string; give: (receipt: Receipt) => void; fail: (error: Error) => void }[] = [];

  receiptOf(agency: number, batchId: number): Promise<Receipt> {
    return new Promise((resolve, reject) =>
      this.calls.push({ asked: `${agency},${batchId}`, give: resolve, fail: reject }),
    );
  }
}

function open() {
  const receipts = new HeldReceipts();
  const ledger = new MemoryLedger(TERMS);
  const bench = new Bench(ledger, receipts);
  return { receipts, ledger, bench, peer: bench.connect() };
}

test('an RCP is answered with the receipt, or with nothing, in its order and without a line in the audit log', async () => {
  const { receipts, ledger, peer } = open();
  await peer.send(encodeRcp(1, 1), encodeRcp(3, 0), betBytes(1, 1), encodeRcp(1, 2));
  expect(receipts.calls.map(({ asked }) => asked)).toEqual(['1,1', '3,0', '1,2']);
  receipts.calls[2]!.give(Buffer.from('the third'));
  receipts.calls[1]!.give(Buffer.from('the second'));
  await settled();
  expect(peer.replies).toEqual([]);
  receipts.calls[0]!.give(undefined);
  await settled();
  expect(peer.replies).toEqual(['RCP', 'RCP the second', 'ACK 1,1', 'RCP the third']);
  expect(ledger.auditLines).toEqual(['PUT,/agencies/1/batches/1,201,0']);
});

test('an agency that is unknown is refused, and the audit log knows of it where the sender is known', async () => {
  const { ledger, bench, peer } = open();
  await peer.send(betBytes(1, 1));
  await peer.send(encodeRcp(9, 1), 'ECHO still here\n');
  expect(peer.replies).toEqual(['ACK 1,1', 'ERR 0,unknown-agency', 'ECHO still here']);
  expect(ledger.auditLines.at(-1)).toBe('GET,/agencies/9,404,0');
  expect(bench.log.of('refuse_message', 'fail')[0]).toContain('operation: RCP | agency: 9 | ');
});

test('a server without receipts answers as one that does not know RCP', async () => {
  const peer = new Bench().connect();
  await peer.send(betBytes(1, 1), encodeRcp(9, 1), encodeAsk(1));
  expect(peer.replies).toEqual(['ACK 1,1', 'ERR 0,bad-header']);
  expect(peer.wire.hasEnded).toBe(true);
});

test.each([
  [
    'that cannot be made now',
    (call: HeldReceipts['calls'][0]) => call.fail(new ProtocolError('unavailable', 'later')),
  ],
  ['of too many bytes', (call: HeldReceipts['calls'][0]) => call.give(Buffer.alloc(8_193))],
])('a receipt %s is unavailable', async (_, answer) => {
  const { receipts, peer } = open();
  await peer.send(encodeRcp(1, 1));
  answer(receipts.calls[0]!);
  await settled();
  expect(peer.replies).toEqual(['ERR 0,unavailable']);
  expect(peer.wire.hasEnded).toBe(true);
});

test('few receipts are made at once, and each connection waits for so many only', async () => {
  const { receipts, peer } = open();
  await peer.send(...Array.from({ length: 300 }, (_, index) => encodeRcp(1, index + 1)));
  expect(receipts.calls).toHaveLength(16);
  for (let given = 0; given < receipts.calls.length; given++) {
    receipts.calls[given]!.give(undefined);
    await settled();
    expect(receipts.calls.length - given).toBeLessThanOrEqual(17);
  }
  expect(peer.replies).toHaveLength(300);
});

test('an RCP takes nothing over', async () => {
  const { bench, peer, receipts } = open();
  await peer.send(encodeAsk(1));
  const later = bench.connect();
  await later.send(encodeAsk(1), encodeRcp(1, 1));
  receipts.calls[0]!.give(undefined);
  await peer.send(betBytes(1, 1));
  expect(peer.replies).toEqual(['HAS 0,0,0', 'ACK 1,1']);
});
