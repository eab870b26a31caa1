/** What a session does with a server that refuses, is silent, talks nonsense or has another past. */
import { encodeAck } from '../protocol/ack';
import { encodeErr } from '../protocol/err';
import { ErrorCode } from '../protocol/error_codes';
import { encodeHas } from '../protocol/has';
import { encodeWin } from '../protocol/win';
import { OperationError } from '../program/exit';
import { SessionRig, waitingRig } from './testing/session_rig';

describe('a refusal', () => {
  test('as unavailable: a pause, a new connection, the same batches', () => {
    const rig = new SessionRig();
    const first = rig.connectAndAsk();
    rig.ack(1);
    first.reply(encodeErr(2, 'unavailable', 'the store is full'));
    expect(first.isClosed).toBe(true);
    expect(rig.clock.timerCount).toBe(1);
    const second = rig.reconnect();
    rig.connectAndAsk(1, 2);
    expect(second.batchIds).toEqual([2]);
    expect(second.written[2]).toEqual(first.written[2]);
  });

  test('as unavailable on the ASK: the same', () => {
    const rig = new SessionRig();
    rig.last.accept().reply(encodeErr(0, 'unavailable', 'stopping'));
    rig.reconnect();
    rig.connectAndAsk();
    expect(rig.last.batchIds).toEqual([1]);
  });

  test.each<ErrorCode>([
    'bad-header',
    'too-large',
    'bad-batch',
    'batch-conflict',
    'unknown-agency',
    'closed',
  ])('as %s is final', async (code) => {
    const rig = new SessionRig();
    rig.connectAndAsk();
    rig.ack(1);
    rig.last.reply(encodeErr(2, code, 'says the server'), encodeAck(1, 3));
    const outcome = await rig.outcome();
    expect(outcome).toEqual({
      error: new OperationError(`the server refuses batch 2 of agency 1: ${code}: says the server`),
    });
    expect(outcome).toEqual({ error: expect.any(OperationError) as Error });
    expect(rig.last.isClosed).toBe(true);
    expect(rig.server.connections).toHaveLength(1);
    expect(rig.clock.timerCount).toBe(0);
    expect(rig.source.isClosed).toBe(true);
  });

  test('as batch-conflict of the first batch: asks again and goes on behind the new answer', () => {
    const rig = new SessionRig({ rows: 9, maxAmount: 3 });
    rig.connectAndAsk(1, 2);
    expect(rig.last.batchIds).toEqual([2]);
    rig.last.reply(encodeErr(2, 'batch-conflict', 'another'));
    expect(rig.last.types).toEqual(['ASK', 'BET', 'ASK']);
    rig.last.reply(encodeHas(3, 6, 6));
    rig.readFile();
    expect(rig.source.starts.at(-1)).toEqual({ lastBatchId: 3, lastBetId: 6, bets: 6 });
    expect(rig.last.batchIds).toEqual([2, 4]);
    rig.ack(4);
    expect(rig.stored.at(-1)).toBe(9);
    expect(rig.last.types.at(-1)).toBe('FIN');
  });

  test('as batch-conflict again and again is final at last', async () => {
    const rig = new SessionRig();
    rig.connectAndAsk();
    for (let answer = 0; answer <= 100; answer++) {
      rig.last.reply(encodeErr(1, 'batch-conflict', 'another'));
      if (answer < 100) rig.last.reply(encodeHas(0, 0, 0));
      rig.readFile();
    }
    expect(await rig.outcome()).toMatchObject({
      error: { message: expect.stringContaining('batch-conflict') as string },
    });
  });

  test('of the source ends the session with its error', async () => {
    const rig = new SessionRig();
    rig.connectAndAsk(1, 2, 4);
    expect(await rig.outcome()).toEqual({ error: new Error('another file') });
    expect(rig.last.isClosed).toBe(true);
    expect(rig.clock.timerCount).toBe(0);
  });
});

describe('silence', () => {
  test.each([
    ['on an ASK', (rig: SessionRig) => rig.last.accept()],
    ['on the first batch', (rig: SessionRig) => rig.connectAndAsk()],
    [
      'on the others',
      (rig: SessionRig) => {
        rig.connectAndAsk();
        rig.ack(1);
      },
    ],
  ])('%s for 30 s: the connection is given up and made anew', (_, play) => {
    const rig = new SessionRig();
    play(rig);
    const connection = rig.last;
    rig.clock.advance(29_999);
    expect(connection.isClosed).toBe(false);
    rig.clock.advance(1);
    expect(connection.isClosed).toBe(true);
    expect(rig.reconnect()).not.toBe(connection);
  });

  test('in the wait for the draw is found by an ASK', () => {
    const rig = waitingRig();
    rig.clock.advance(15_000);
    expect(rig.last.types.slice(-2)).toEqual(['FIN', 'ASK']);
    rig.clock.advance(30_000);
    expect(rig.last.isClosed).toBe(true);
    rig.reconnect();
    rig.connectAndAsk(5, 10);
    expect(rig.last.types).toEqual(['ASK', 'FIN']);
  });

  test('in the wait for the draw is none while the ASKs are answered', async () => {
    const rig = waitingRig();
    const connection = rig.last;
    for (let round = 0; round < 500; round++) {
      rig.clock.advance(15_000);
      expect(connection.lastRequest?.type).toBe('ASK');
      connection.reply(encodeHas(5, 10, 10));
    }
    expect(connection.types.filter((type) => type === 'FIN')).toHaveLength(1);
    expect(connection.isClosed).toBe(false);
    connection.reply(encodeWin('1'));
    expect(await rig.outcome()).toEqual({ documents: ['1'] });
    expect(rig.clock.timerCount).toBe(0);
  });

  test('of an unavailable server in the wait for the draw: FIN comes again', () => {
    const rig = waitingRig();
    rig.clock.advance(15_000);
    rig.last.reply(encodeErr(0, 'unavailable', 'stopping'));
    rig.reconnect();
    rig.connectAndAsk(5, 10);
    expect(rig.last.types).toEqual(['ASK', 'FIN']);
  });
});

describe('garbage from the server', () => {
  test.each([
    ['no reply at all', 'HTTP/1.1 400 Bad Request\r\n'],
    ['a size that is no number', 'HAS,0000000x'],
    ['a size that is too large', 'HAS,99999999'],
    ['a HAS with two numbers', 'HAS,000000041,2\n'],
    ['an unknown code', 'ERR,000000081,why,x\n'],
  ])('%s: a new connection after a pause', async (_, garbage) => {
    const rig = new SessionRig();
    const first = rig.last.accept();
    first.reply(garbage);
    expect(first.isClosed).toBe(true);
    expect(await rig.outcome()).toEqual({ isOpen: true });
    rig.reconnect();
    rig.connectAndAsk();
    expect(rig.last.batchIds).toEqual([1]);
  });

  test('without end ends the session', async () => {
    const rig = new SessionRig({ giveUpAfterMs: 10_000 });
    for (;;) {
      rig.last.accept().reply('SSH-2.0-OpenSSH\r\n');
      if (rig.clock.timerCount === 0) break;
      rig.reconnect();
    }
    expect(await rig.outcome()).toMatchObject({
      error: { message: expect.stringContaining('no server for') as string },
    });
  });

  // `#onWin` takes a WIN in any phase: a server that sends one early ends the agency with exit 0 and nothing sold.
  test('a WIN before the FIN does not end the session as if all were sold', async () => {
    const rig = new SessionRig();
    rig.connectAndAsk();
    rig.last.reply(encodeWin(''));
    expect(await rig.outcome()).toEqual({ isOpen: true });
  });

  // `#onAck` looks at the batch id only.
  test('an ACK of another agency acknowledges nothing', () => {
    const rig = new SessionRig();
    rig.connectAndAsk();
    rig.last.reply(encodeAck(2, 1));
    expect(rig.stored).toEqual([0]);
  });
});

describe('a server that stands elsewhere than this session left it', () => {
  // `#onHas` outside the probe goes by `lastBatchId` alone. The batch with that id is the other process's, and is
  // shorter than this session's: bet 4 is taken for stored. `bets` and `lastBetId` of the HAS would show it.
  test('another live process of the agency has sent batches in between: no bet is passed over', () => {
    // This process was halted behind its ACK of batch 1 with 2 and 3 in flight; the other one, with smaller
    // batches, asked, sent a batch 2 of one bet, and was answered. What was in flight here was refused.
    const rig = new SessionRig({ rows: 10, maxAmount: 2 });
    rig.connectAndAsk();
    rig.ack(1);
    rig.last.reply(encodeErr(2, 'unavailable', 'a later connection has taken this agency over'));
    rig.reconnect();
    rig.connectAndAsk(2, 3);
    const sent = rig.last.requests.flatMap((request) =>
      request.type === 'BET' ? [request.payload.toString().split(',')[1]] : [],
    );
    // The next bet that the server lacks is 4.
    expect(sent[0]).toBe('4');
  });

  // The same place: a HAS behind what was acknowledged is not looked at.
  test('a server that has lost acknowledged batches is not sent FIN as if it had them', () => {
    const rig = new SessionRig({ rows: 4, maxAmount: 2 });
    rig.connectAndAsk();
    rig.ack(1);
    rig.ack(2);
    expect(rig.last.types.at(-1)).toBe('FIN');
    rig.last.lose();
    rig.reconnect();
    rig.connectAndAsk(0, 0);
    expect(rig.last.types).not.toContain('FIN');
  });
});
