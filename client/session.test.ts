/** The session, step by step, against a server that the test plays. */
import { encodeAck } from '../protocol/ack';
import { encodeEcho } from '../protocol/echo';
import { encodeErr } from '../protocol/err';
import { encodeHas } from '../protocol/has';
import { encodeWin } from '../protocol/win';
import { OperationError } from '../program/exit';
import { SessionRig, waitingRig } from './testing/session_rig';

describe('a session without trouble', () => {
  test('asks, sends the first batch alone, then a window of them, then FIN, and gets its winners', async () => {
    const rig = new SessionRig();
    const connection = rig.last.accept();
    expect(connection.requests).toEqual([{ type: 'ASK', agency: 1 }]);

    connection.reply(encodeHas(0, 0, 0));
    rig.readFile();
    expect(connection.batchIds).toEqual([1]);
    rig.ack(1);
    expect(connection.batchIds).toEqual([1, 2, 3, 4]);
    rig.ack(2);
    expect(connection.batchIds).toEqual([1, 2, 3, 4, 5]);
    rig.ack(3, 4);
    expect(connection.types).not.toContain('FIN');
    rig.ack(5);
    expect(connection.lastRequest).toEqual({ type: 'FIN', agency: 1 });
    connection.reply(encodeWin('1000002,1000004'));

    expect(await rig.outcome()).toEqual({ documents: ['1000002', '1000004'] });
    expect(rig.stored).toEqual([0, 2, 4, 6, 8, 10]);
    expect(connection.isClosed).toBe(true);
    expect(rig.server.connections).toHaveLength(1);
    expect(rig.clock.timerCount).toBe(0);
    expect(rig.source.isClosed).toBe(true);
  });

  test('of an agency without bets sends FIN at once', async () => {
    const rig = new SessionRig({ rows: 0 });
    rig.connectAndAsk();
    expect(rig.last.types).toEqual(['ASK', 'FIN']);
    rig.last.reply(encodeWin(''));
    expect(await rig.outcome()).toEqual({ documents: [] });
  });

  test('goes on behind what the server has', () => {
    const rig = new SessionRig({ rows: 9, maxAmount: 3 });
    rig.connectAndAsk(7, 5);
    expect(rig.source.starts).toEqual([{ lastBatchId: 7, lastBetId: 5, bets: 5 }]);
    rig.ack(8);
    rig.ack(9);
    expect(rig.last.batchIds).toEqual([8, 9]);
    expect(rig.last.types.at(-1)).toBe('FIN');
    expect(rig.stored).toEqual([5, 8, 9]);
  });

  test('that is not to end the sale sends everything and no FIN, and has no winners', async () => {
    const rig = new SessionRig({ sendsFin: false, rows: 4 });
    rig.connectAndAsk();
    rig.ack(1);
    rig.ack(2);
    expect(await rig.outcome()).toEqual({ documents: [] });
    expect(rig.last.types).toEqual(['ASK', 'BET', 'BET']);
    expect(rig.session.isFinSent).toBe(false);
    expect(rig.last.isClosed).toBe(true);
    expect(rig.clock.timerCount).toBe(0);
  });

  test('whose file has changed at the end sends no FIN', async () => {
    const rig = new SessionRig({ rows: 4 });
    rig.connectAndAsk();
    rig.ack(1);
    rig.source.hasChanged = true;
    rig.ack(2);
    expect(await rig.outcome()).toMatchObject({ error: { message: 'the file has changed' } });
    expect(rig.last.types).toEqual(['ASK', 'BET', 'BET']);
    expect(rig.session.isFinSent).toBe(false);
  });

  test('with all stored before sends FIN and nothing else', () => {
    const rig = new SessionRig({ rows: 9 });
    rig.connectAndAsk(3, 9);
    expect(rig.last.types).toEqual(['ASK', 'FIN']);
  });

  test('stops writing while the network takes nothing, and goes on when it does', () => {
    const rig = new SessionRig({ rows: 20, window: 8 });
    const connection = rig.connectAndAsk();
    connection.unsentBytes = 1024 * 1024;
    rig.ack(1);
    expect(connection.batchIds).toEqual([1]);
    connection.drain();
    rig.readFile();
    expect(connection.batchIds).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('reads replies in any pieces, and passes over an ECHO', () => {
    const rig = new SessionRig({ rows: 4 });
    const connection = rig.connectAndAsk();
    for (const byte of Buffer.concat([encodeEcho('x'), encodeAck(1, 1)]))
      connection.reply(Buffer.from([byte]));
    expect(connection.batchIds).toEqual([1, 2]);
  });

  test('passes over an ACK for what it does not wait for', () => {
    const rig = new SessionRig();
    rig.connectAndAsk();
    rig.ack(1, 1, 7, 99);
    expect(rig.last.batchIds).toEqual([1, 2, 3, 4]);
    expect(rig.stored).toEqual([0, 2]);
  });
});

describe('a lost connection', () => {
  test('is made anew; what HAS tells is not sent again, the rest with the same ids and bytes', () => {
    const rig = new SessionRig();
    const first = rig.connectAndAsk();
    rig.ack(1);
    first.lose();
    const second = rig.reconnect().accept();
    expect(second.types).toEqual(['ASK']);
    second.reply(encodeHas(3, 6, 6));
    // The first batch behind an ASK is sent alone.
    expect(second.batchIds).toEqual([4]);
    expect(second.written[2]).toEqual(first.written[4]);
    expect(rig.stored.at(-1)).toBe(6);
    expect(rig.source.starts).toHaveLength(1);
    rig.ack(4);
    expect(second.batchIds).toEqual([4, 5]);
    rig.ack(5);
    expect(second.lastRequest?.type).toBe('FIN');
    expect(rig.stored.at(-1)).toBe(10);
  });

  test('keeps the window on the new connection', () => {
    const rig = new SessionRig({ rows: 40, window: 4 });
    rig.connectAndAsk();
    rig.ack(1);
    rig.last.lose();
    rig.reconnect();
    rig.connectAndAsk(2, 4);
    expect(rig.last.batchIds).toEqual([3]);
    rig.ack(3);
    expect(rig.last.batchIds).toEqual([3, 4, 5, 6, 7]);
  });

  test('before the first ACK begins anew behind what the server has then', () => {
    const rig = new SessionRig();
    rig.connectAndAsk();
    rig.last.lose();
    rig.reconnect();
    rig.connectAndAsk(1, 3);
    expect(rig.source.starts).toHaveLength(2);
    expect(rig.last.batchIds).toEqual([2]);
    expect(rig.last.requests.at(-1)).toMatchObject({ batchSize: 2 });
    expect(rig.stored).toEqual([0, 3]);
  });

  test('in the wait for the draw: FIN comes again, nothing else', async () => {
    const rig = waitingRig();
    rig.last.lose();
    rig.reconnect();
    rig.connectAndAsk(5, 10);
    expect(rig.last.types).toEqual(['ASK', 'FIN']);
    rig.last.reply(encodeWin('7'));
    expect(await rig.outcome()).toEqual({ documents: ['7'] });
  });

  test('in the wait for the draw, with nothing sent at all', () => {
    const rig = new SessionRig({ rows: 4 });
    rig.connectAndAsk(2, 4);
    rig.last.lose();
    rig.reconnect();
    rig.connectAndAsk(2, 4);
    expect(rig.last.types).toEqual(['ASK', 'FIN']);
  });

  test('while the file is being read', () => {
    const rig = new SessionRig();
    rig.last.accept().reply(encodeHas(0, 0, 0));
    rig.last.lose();
    rig.readFile();
    rig.reconnect();
    rig.connectAndAsk();
    expect(rig.last.batchIds).toEqual([1]);
  });

  test('that is told while the pause runs, or afterwards, changes nothing', () => {
    const rig = new SessionRig();
    rig.last.lose('ECONNREFUSED');
    expect(rig.clock.timerCount).toBe(1);
    expect(rig.log.records).toContainEqual({
      level: 'info',
      action: 'connect',
      result: 'in_progress',
      details: { reason: 'ECONNREFUSED', retry_in_ms: 50 },
    });
  });
});

describe('a server that is away', () => {
  test('is tried again with growing pauses until it is there', () => {
    const rig = new SessionRig();
    const pauses: unknown[] = [];
    for (let attempt = 0; attempt < 9; attempt++) {
      rig.last.lose('ECONNREFUSED');
      pauses.push(rig.clock.nextInMs);
      rig.reconnect();
    }
    expect(pauses).toEqual([50, 100, 200, 400, 800, 1600, 2500, 2500, 2500]);
    rig.connectAndAsk();
    expect(rig.last.batchIds).toEqual([1]);
  });

  test('for too long ends the session', async () => {
    const rig = new SessionRig({ giveUpAfterMs: 5_000 });
    while (rig.clock.nowMs() < 5_000) {
      rig.last.lose('ECONNREFUSED');
      if (rig.clock.timerCount === 0) break;
      rig.reconnect();
    }
    rig.last.lose('ECONNREFUSED');
    const outcome = await rig.outcome();
    expect(outcome).toEqual({ error: expect.any(OperationError) as Error });
    expect(outcome).toMatchObject({
      error: { message: expect.stringMatching(/^no server for [5-8] s: ECONNREFUSED$/) as string },
    });
    expect(rig.clock.timerCount).toBe(0);
    expect(rig.source.isClosed).toBe(true);
  });

  test('is waited for without end when giveUpAfterMs is 0', async () => {
    const rig = new SessionRig({ giveUpAfterMs: 0 });
    for (let attempt = 0; attempt < 2_000; attempt++) {
      rig.last.lose();
      rig.reconnect();
    }
    expect(rig.clock.nowMs()).toBeGreaterThan(3_600_000);
    expect(await rig.outcome()).toEqual({ isOpen: true });
  });

  test('counts from the first failure after the last answer', async () => {
    const rig = new SessionRig({ giveUpAfterMs: 5_000 });
    rig.connectAndAsk();
    rig.clock.advance(20_000);
    rig.last.lose();
    rig.reconnect();
    expect(await rig.outcome()).toEqual({ isOpen: true });
  });
});

describe('pauses', () => {
  // `#onHas` resets the back-off, so a server with a full disk is asked every 20 to 100 ms by each agency, for ever:
  // `#take` forgets `#failingSinceMs` as well.
  test('grow while the server answers ASK and refuses each batch', () => {
    const rig = new SessionRig({ giveUpAfterMs: 0 });
    const pauses: unknown[] = [];
    for (let attempt = 0; attempt < 6; attempt++) {
      rig.connectAndAsk();
      rig.last.reply(encodeErr(1, 'unavailable', 'the store is full'));
      pauses.push(rig.clock.nextInMs);
      rig.reconnect();
    }
    expect(pauses).toEqual([50, 100, 200, 400, 800, 1600]);
  });

  test('begin anew once a batch was acknowledged', () => {
    const rig = new SessionRig();
    for (let attempt = 0; attempt < 6; attempt++) {
      rig.last.lose();
      rig.reconnect();
    }
    rig.connectAndAsk();
    rig.ack(1);
    rig.last.lose();
    expect(rig.clock.nextInMs).toBe(50);
  });
});

describe('stop', () => {
  test.each<[string, (rig: SessionRig) => void]>([
    ['while connecting', () => undefined],
    ['while asking', (rig) => void rig.last.accept()],
    ['while the file is read', (rig) => rig.last.accept().reply(encodeHas(0, 0, 0))],
    ['while the first batch is on its way', (rig) => void rig.connectAndAsk()],
    [
      'while sending',
      (rig) => {
        rig.connectAndAsk();
        rig.ack(1);
      },
    ],
    [
      'while waiting for the draw',
      (rig) => {
        rig.connectAndAsk();
        rig.ack(1);
        rig.ack(2, 3, 4);
        rig.ack(5);
      },
    ],
    [
      'in a pause',
      (rig) => {
        rig.connectAndAsk();
        rig.last.lose();
      },
    ],
    [
      'after a conflict',
      (rig) => {
        rig.connectAndAsk();
        rig.last.reply(encodeErr(1, 'batch-conflict', 'x'));
      },
    ],
  ])('%s leaves no timer, and nothing happens afterwards', async (_, play) => {
    const rig = new SessionRig();
    play(rig);
    const { last } = rig;
    const [written, events, connections] = [
      last.written.length,
      rig.log.records.length,
      rig.server.connections.length,
    ];
    rig.session.stop();
    expect(rig.clock.timerCount).toBe(0);
    expect(rig.source.isClosed).toBe(true);
    // What was on its way when it stopped.
    last.accept().reply(encodeHas(0, 0, 0), encodeAck(1, 1), encodeWin('1'));
    last.drain();
    last.lose();
    rig.clock.advance(1_000_000);
    expect([last.written.length, rig.log.records.length, rig.server.connections.length]).toEqual([
      written,
      events,
      connections,
    ]);
    expect(await rig.outcome()).toEqual({ isOpen: true });
    expect(rig.clock.timerCount).toBe(0);
  });

  test('twice is as good as once', () => {
    const rig = new SessionRig();
    rig.session.stop();
    rig.session.stop();
    expect(rig.clock.timerCount).toBe(0);
  });
});
