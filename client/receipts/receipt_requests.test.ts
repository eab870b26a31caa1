/** When receipts are asked for, in sessions against a server that the test plays. */
import { encodeAck } from '../../protocol/ack';
import { encodeErr } from '../../protocol/err';
import { encodeHas } from '../../protocol/has';
import { encodeReceipt } from '../../protocol/receipt';
import { encodeWin } from '../../protocol/win';
import { OperationError } from '../../program/exit';
import type { StartingPoint } from '../batch_source';
import { SessionRig } from '../testing/session_rig';
import type { OwnBatch } from './receipt_keeper';
import { ReceiptRequests } from './receipt_requests';

const NONE = encodeReceipt(undefined);
const RECEIPT = encodeReceipt(Buffer.from('a receipt'));
const ONE_BET_EACH = { maxAmount: 1, window: 64 };

/** Keeps receipts in memory. */
class FakeKeeper {
  readonly kept: string[] = [];
  readonly owned: OwnBatch[] = [];
  readonly starts: StartingPoint[] = [];
  failure: Error | undefined;
  unchecked = 0;
  /** What the FIN's receipt waits for until it is checked. */
  checked = Promise.resolve();

  beginAt(from: StartingPoint): void {
    this.starts.push(from);
  }

  keepBatch(own: OwnBatch, receipt: Buffer): Promise<void> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    this.owned.push(own);
    this.kept.push(`${own.batchId}: ${receipt.toString()}`);
    return Promise.resolve();
  }

  async keepFinish({ lastBatchId }: StartingPoint, receipt: Buffer): Promise<number> {
    await this.checked;
    if (this.failure !== undefined) throw this.failure;
    this.kept.push(`fin of ${lastBatchId}: ${receipt.toString()}`);
    return this.unchecked;
  }
}

let keeper = new FakeKeeper();
let requests: ReceiptRequests;

beforeEach(() => (keeper = new FakeKeeper()));

function openRig(options: ConstructorParameters<typeof SessionRig>[0] = {}): SessionRig {
  return new SessionRig({
    ...options,
    openReceipts: ({ clock, log }) => (requests = new ReceiptRequests({ agency: 1, keeper, clock, log })),
  });
}

/** Which receipts were asked for on the newest connection: batch ids, 0 for the FIN. */
function askedOf(rig: SessionRig): number[] {
  return rig.last.requests.flatMap((request) => (request.type === 'RCP' ? [request.batchId] : []));
}

/** Sells all and sends FIN. */
function sellAll(rig: SessionRig, batches: number): void {
  rig.connectAndAsk();
  rig.ack(1);
  for (let batchId = 2; batchId <= batches; batchId++) rig.ack(batchId);
  expect(rig.last.types).toContain('FIN');
}

test('behind every 64th batch and behind FIN, and all are kept before the session ends', async () => {
  const rig = openRig({ rows: 130, ...ONE_BET_EACH });
  rig.connectAndAsk();
  rig.ack(1);
  for (let batchId = 2; batchId <= 64; batchId++) rig.ack(batchId);
  expect(askedOf(rig)).toEqual([]);
  rig.clock.advance(250);
  expect(askedOf(rig)).toEqual([64]);
  rig.last.reply(RECEIPT);
  for (let batchId = 65; batchId <= 130; batchId++) rig.ack(batchId);
  expect(rig.last.types.slice(-2)).toEqual(['FIN', 'RCP']);
  rig.last.reply(RECEIPT);
  rig.clock.advance(250);
  rig.last.reply(RECEIPT, encodeWin(''));
  expect(askedOf(rig)).toEqual([64, 0, 128]);
  expect(await rig.outcome()).toEqual({ documents: [] });
  await requests.end();
  expect(keeper.kept.toSorted()).toEqual(['128: a receipt', '64: a receipt', 'fin of 130: a receipt']);
  expect(keeper.owned[0]).toMatchObject({ batchId: 64, bets: 1, lastBetId: 64, betsSoFar: 64 });
  expect(rig.clock.timerCount).toBe(0);
});

test('again, after longer and longer pauses, where there is none yet; of a batch no more than eight times', () => {
  const rig = openRig({ rows: 100, ...ONE_BET_EACH });
  rig.connectAndAsk();
  rig.ack(1);
  for (let batchId = 2; batchId <= 64; batchId++) rig.ack(batchId);
  const pauses: number[] = [];
  for (let tries = 0; tries < 8; tries++) {
    const from = rig.clock.nowMs();
    // Some ACKs keep the connection from being given up.
    while (askedOf(rig).length === tries) {
      rig.clock.advance(250);
      rig.last.reply(encodeAck(1, 1));
    }
    pauses.push(rig.clock.nowMs() - from);
    rig.last.reply(NONE);
  }
  expect(pauses).toEqual([250, 250, 500, 1_000, 2_000, 4_000, 8_000, 16_000]);
  rig.clock.advance(29_000);
  expect(askedOf(rig)).toHaveLength(8);
});

describe('the receipt of the FIN', () => {
  test('may come after WIN', async () => {
    const rig = openRig({ rows: 4 });
    sellAll(rig, 2);
    rig.last.reply(NONE, encodeWin('7'));
    expect(await rig.outcome()).toEqual({ isOpen: true });
    rig.clock.advance(500);
    rig.last.reply(RECEIPT);
    expect(await rig.outcome()).toEqual({ documents: ['7'] });
    await requests.end();
    expect(keeper.kept).toEqual(['fin of 2: a receipt']);
  });

  test('that does not come within 30 s of WIN is a failure, after the winners are known', async () => {
    const rig = openRig({ rows: 4 });
    sellAll(rig, 2);
    rig.last.reply(NONE, encodeWin('7'));
    for (let waitedMs = 0; waitedMs < 30_000; waitedMs += 500) {
      expect(await rig.outcome()).toEqual({ isOpen: true });
      rig.clock.advance(500);
      rig.last.reply(
        ...rig.last.requests.splice(0).map(({ type }) => (type === 'ASK' ? encodeHas(2, 4, 4) : NONE)),
      );
    }
    expect(await rig.outcome()).toEqual({ documents: ['7'] });
    await expect(requests.end()).rejects.toThrow(
      /^no receipt of the FIN of agency 1 came within 30 s of the draw: what was sold is stored, but not proved/,
    );
    expect(rig.clock.timerCount).toBe(0);
  });

  test('is waited for while it is checked', async () => {
    const rig = openRig({ rows: 4 });
    let finishCheck: () => void = () => undefined;
    keeper.checked = new Promise((resolve) => (finishCheck = resolve));
    sellAll(rig, 2);
    rig.last.reply(RECEIPT, encodeWin('7'));
    rig.clock.advance(40_000);
    expect(await rig.outcome()).toEqual({ isOpen: true });
    finishCheck();
    expect(await rig.outcome()).toEqual({ documents: ['7'] });
    await requests.end();
  });

  test('that covers a part alone is told', async () => {
    const rig = openRig({ rows: 4 });
    keeper.unchecked = 2;
    sellAll(rig, 2);
    rig.last.reply(RECEIPT, encodeWin(''));
    expect(await rig.outcome()).toEqual({ documents: [] });
    expect(rig.log.of('receive_receipt').join('\n')).toContain('up_to_batch: 2 | reason: an earlier run');
  });

  test('is asked for again on the next connection, and once only when it was kept', async () => {
    const rig = openRig({ rows: 4 });
    sellAll(rig, 2);
    rig.last.lose();
    rig.reconnect();
    rig.connectAndAsk(2, 4);
    expect(rig.last.types).toEqual(['ASK', 'FIN', 'RCP']);
    rig.last.reply(RECEIPT);
    await rig.outcome();
    rig.last.lose();
    rig.reconnect();
    rig.connectAndAsk(2, 4);
    expect(rig.last.types).toEqual(['ASK', 'FIN']);
    rig.last.reply(encodeWin('7'));
    expect(await rig.outcome()).toEqual({ documents: ['7'] });
  });

  test('is not asked for without FIN', async () => {
    const rig = openRig({ rows: 4, sendsFin: false });
    rig.connectAndAsk();
    rig.ack(1);
    rig.ack(2);
    expect(await rig.outcome()).toEqual({ documents: [] });
    await requests.end();
    expect(askedOf(rig)).toEqual([]);
  });
});

test('behind the batches of an earlier run the first one is asked for', () => {
  const rig = openRig({ rows: 20, maxAmount: 2 });
  rig.connectAndAsk(3, 8);
  expect(keeper.starts).toMatchObject([{ lastBatchId: 3, lastBetId: 8, bets: 8 }]);
  rig.ack(4);
  rig.clock.advance(250);
  expect(askedOf(rig)).toEqual([4]);
  rig.last.reply(RECEIPT);
  expect(keeper.owned[0]).toMatchObject({ batchId: 4, bets: 2, lastBetId: 10, betsSoFar: 10 });
});

test('a receipt that is wrong ends the session at once', async () => {
  const rig = openRig({ rows: 100, ...ONE_BET_EACH });
  keeper.failure = new OperationError('the receipt of batch 64 is wrong');
  rig.connectAndAsk();
  rig.ack(1);
  for (let batchId = 2; batchId <= 64; batchId++) rig.ack(batchId);
  rig.clock.advance(250);
  rig.last.reply(RECEIPT);
  expect(await rig.outcome()).toEqual({ error: keeper.failure });
  expect(rig.last.isClosed).toBe(true);
  expect(rig.clock.timerCount).toBe(0);
  expect(rig.session.isFinSent).toBe(false);
  await expect(requests.end()).rejects.toBe(keeper.failure);
});

test('a server that gives none is told once, and the session goes on without', async () => {
  const rig = openRig({ rows: 4 });
  sellAll(rig, 2);
  rig.last.reply(encodeErr(0, 'bad-header', 'this server gives no receipts'));
  rig.reconnect();
  rig.connectAndAsk(2, 4);
  expect(rig.last.types).toEqual(['ASK', 'FIN']);
  rig.last.reply(encodeWin('7'));
  expect(await rig.outcome()).toEqual({ documents: ['7'] });
  await requests.end();
  expect(rig.log.of('receive_receipt', 'fail')).toHaveLength(1);
});

test.each([
  ['of a session that asks for them', () => openRig()],
  ['of one that does not', () => new SessionRig()],
])('an RCP that was not asked for, %s, ends the connection', (_, open) => {
  const rig = open();
  const connection = rig.connectAndAsk();
  connection.reply(RECEIPT);
  expect(connection.isClosed).toBe(true);
  expect(rig.log.of('connect').join('\n')).toContain('an RCP that was not asked for');
});
