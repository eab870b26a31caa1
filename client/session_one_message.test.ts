/** The session with a server that answers one message on a connection, as the reference server does. */
import { encodeAck } from '../protocol/ack';
import { encodeErr } from '../protocol/err';
import { encodeWin } from '../protocol/win';
import { RigOptions, SessionRig } from './testing/session_rig';

function startedRig(options: RigOptions = {}): SessionRig {
  return new SessionRig({ oneMessagePerConnection: true, rows: 5, maxAmount: 2, ...options });
}

/** Accepts the connection and lets the session send; answers what it has sent on it. */
function sentOn(rig: SessionRig): string[] {
  rig.last.accept();
  rig.readFile();
  return rig.last.requests.map((request) =>
    request.type === 'BET' ? `BET ${request.batchId}` : request.type,
  );
}

describe('a session that sends one message on a connection', () => {
  test('never asks, sends each batch on a connection of its own, then FIN, and gets its winners', async () => {
    const rig = startedRig();
    for (const batchId of [1, 2, 3]) {
      const connection = rig.last;
      expect(sentOn(rig)).toEqual([`BET ${batchId}`]);
      connection.reply(encodeAck(1, batchId));
      expect(connection.isClosed).toBe(true);
    }
    expect(sentOn(rig)).toEqual(['FIN']);
    rig.last.reply(encodeWin('1000002'));
    rig.last.lose('ECONNRESET');
    expect(await rig.outcome()).toEqual({ documents: ['1000002'] });
    expect(rig.server.connections).toHaveLength(4);
    expect(rig.stored).toEqual([0, 2, 4, 5]);
    expect(rig.clock.timerCount).toBe(0);
  });

  test('connects again at once behind an ACK, without a pause', () => {
    const rig = startedRig();
    sentOn(rig);
    rig.last.reply(encodeAck(1, 1));
    expect(rig.server.connections).toHaveLength(2);
  });

  test('sends the same batch again when the server closes without an answer', () => {
    const rig = startedRig();
    sentOn(rig);
    const [bytes] = rig.last.written;
    rig.last.lose('closed by the server');
    rig.reconnect();
    expect(sentOn(rig)).toEqual(['BET 1']);
    expect(rig.last.written[0]).toEqual(bytes);
    expect(rig.source.starts).toHaveLength(1);
  });

  test('sends the same batch again when no answer comes in time', () => {
    const rig = startedRig();
    sentOn(rig);
    rig.clock.advance(30_000);
    rig.reconnect();
    expect(sentOn(rig)).toEqual(['BET 1']);
  });

  test('waits for the draw without limit and without a message', async () => {
    const rig = startedRig({ rows: 0 });
    expect(sentOn(rig)).toEqual(['FIN']);
    rig.clock.advance(86_400_000);
    expect(rig.last.types).toEqual(['FIN']);
    expect(rig.last.isClosed).toBe(false);
    rig.last.reply(encodeWin(''));
    expect(await rig.outcome()).toEqual({ documents: [] });
  });

  test('sends FIN again when the connection breaks in the wait for the draw', async () => {
    const rig = startedRig({ rows: 0 });
    sentOn(rig);
    rig.last.lose();
    rig.reconnect();
    expect(sentOn(rig)).toEqual(['FIN']);
    rig.last.reply(encodeWin('5'));
    expect(await rig.outcome()).toEqual({ documents: ['5'] });
  });

  test('ends at a batch-conflict: there is no ASK that would help', async () => {
    const rig = startedRig();
    sentOn(rig);
    rig.last.reply(encodeErr(1, 'batch-conflict', 'x'));
    expect(await rig.outcome()).toMatchObject({ error: { name: 'OperationError' } });
  });

  // `#failingSinceMs` is forgotten at a reply only, and a FIN has none until the draw: a second loss, hours after
  // the first, counts as hours without a server.
  test('does not count a long wait for the draw between two losses as a time without a server', async () => {
    const rig = startedRig({ rows: 0, giveUpAfterMs: 600_000 });
    sentOn(rig);
    rig.last.lose();
    rig.reconnect();
    expect(sentOn(rig)).toEqual(['FIN']);
    rig.clock.advance(3_600_000);
    rig.last.lose();
    expect(await rig.outcome()).toEqual({ isOpen: true });
  });

  test.each<[string, (rig: SessionRig) => void]>([
    ['while connecting', () => undefined],
    ['while the file is read', (rig) => void rig.last.accept()],
    ['while a batch is on its way', (rig) => void sentOn(rig)],
    [
      'between two connections',
      (rig) => {
        sentOn(rig);
        rig.last.reply(encodeAck(1, 1));
      },
    ],
  ])('can be stopped %s', (_, play) => {
    const rig = startedRig();
    play(rig);
    rig.session.stop();
    expect(rig.clock.timerCount).toBe(0);
    expect(rig.last.isClosed).toBe(true);
    expect(rig.source.isClosed).toBe(true);
  });
});
