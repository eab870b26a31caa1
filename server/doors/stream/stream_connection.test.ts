import { settled } from '../../testing/settled';
import { MAX_UNANSWERED_MESSAGES } from './limits';
import { IDLE_TIMEOUT_MS, StreamBench } from './testing/stream_bench';

const UNREADABLE = '!\n';

let bench = new StreamBench();
let peer = bench.connect();

beforeEach(() => {
  bench = new StreamBench();
  peer = bench.connect();
});

/** As many questions, numbered from 1 on. */
function questions(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `ask ${index + 1}\n`);
}

async function answerAll(): Promise<void> {
  bench.protocol.answerAll();
  await settled();
}

describe('replies', () => {
  test('to many messages in one chunk come in their order, in one write', async () => {
    await peer.send('say 1\n', 'say 2\n', 'say 3\n');
    expect(peer.replies).toEqual(['1', '2', '3']);
    expect(peer.wire.writes).toBe(1);
    expect(peer.wire.hasEnded).toBe(false);
  });

  test('come for messages that come byte by byte', async () => {
    for (const byte of Buffer.from('say one\nsay two\n')) peer.sendNow(Buffer.of(byte));
    await settled();
    expect(peer.replies).toEqual(['one', 'two']);
  });

  test('that are ready wait for those before them', async () => {
    await peer.send('ask 1\n', 'ask 2\n', 'ask 3\n', 'say last\n');
    const { asked } = bench.protocol;
    asked[2]!.answer();
    asked[1]!.answer();
    await settled();
    expect(peer.replies).toEqual([]);
    asked[0]!.answer();
    await settled();
    expect(peer.replies).toEqual(['1', '2', '3', 'last']);
  });

  test('a last reply waits for those before it, and nothing after it is read', async () => {
    await peer.send('ask 1\n', UNREADABLE, 'ask 2\n');
    expect(peer.wire.hasEnded).toBe(false);
    expect(bench.protocol.asked).toHaveLength(1);
    await answerAll();
    expect(peer.replies).toEqual(['1', 'bad']);
    expect(peer.wire.hasEnded).toBe(true);
    expect(peer.wire.isDestroyed).toBe(false);
  });

  test('of several last ones, the first is sent and nothing more', async () => {
    await peer.send('ask 1\n', 'ask 2\n', 'ask 3\n');
    bench.protocol.refuseAll();
    await settled();
    expect(peer.wire.mistakes).toEqual([]);
    expect(peer.replies).toEqual(['no 1']);
    expect(peer.wire.hasEnded).toBe(true);
  });

  test('that come after the last one are not sent', async () => {
    await peer.send('ask 1\n', 'ask 2\n');
    const { asked } = bench.protocol;
    asked[0]!.refuse();
    await settled();
    asked[1]!.answer();
    await settled();
    expect(peer.replies).toEqual(['no 1']);
    expect(peer.wire.mistakes).toEqual([]);
  });
});

describe('owed replies', () => {
  test('come when they are ready, before those that wait for their turn', async () => {
    await peer.send('owe later\n', 'ask 1\n', 'say 2\n');
    bench.protocol.deliverAll();
    await settled();
    expect(peer.replies).toEqual(['later']);
    await answerAll();
    expect(peer.replies).toEqual(['later', '1', '2']);
    expect(peer.wire.hasEnded).toBe(false);
  });

  test('come to a peer that has closed its side, which ends the connection', async () => {
    await peer.send('owe later\n');
    peer.connection.receiveEnd();
    await settled();
    expect(peer.wire.hasEnded).toBe(false);
    bench.protocol.deliverAll();
    await settled();
    expect(peer.replies).toEqual(['later']);
    expect(peer.wire.hasEnded).toBe(true);
  });

  test('that are dropped are not waited for', async () => {
    await peer.send('owe later\n');
    peer.connection.receiveEnd();
    bench.protocol.owed[0]!.refuse();
    await settled();
    expect(peer.replies).toEqual([]);
    expect(peer.wire.hasEnded).toBe(true);
  });

  test('are not sent after a last reply', async () => {
    await peer.send('owe later\n');
    await peer.send(UNREADABLE);
    expect(peer.wire.hasEnded).toBe(true);
    bench.protocol.deliverAll();
    await settled();
    expect(peer.wire.mistakes).toEqual([]);
    expect(peer.replies).toEqual(['bad']);
  });
});

describe('half-close', () => {
  test('a peer that has closed its side gets all its answers, then the end', async () => {
    await peer.send('ask 1\n', 'ask 2\n');
    peer.connection.receiveEnd();
    expect(peer.wire.hasEnded).toBe(false);
    await answerAll();
    expect(peer.replies).toEqual(['1', '2']);
    expect(peer.wire.hasEnded).toBe(true);
  });

  test('a peer that wants nothing gets the end at once', () => {
    peer.connection.receiveEnd();
    expect(peer.wire.hasEnded).toBe(true);
  });

  test('a message that was cut short is dropped', async () => {
    await peer.send('ask 1');
    peer.connection.receiveEnd();
    await settled();
    expect(peer.wire.hasEnded).toBe(true);
    expect(bench.protocol.asked).toEqual([]);
  });

  test('a message that was cut short keeps no owed reply back', async () => {
    await peer.send('owe later\n', 'ask 1');
    peer.connection.receiveEnd();
    await peer.wait(2 * IDLE_TIMEOUT_MS);
    expect(peer.wire.hasEnded).toBe(false);
    bench.protocol.deliverAll();
    await settled();
    expect(peer.replies).toEqual(['later']);
    expect(peer.wire.hasEnded).toBe(true);
  });

  test('what was unread when the peer closed its side is still read', async () => {
    const messages = questions(MAX_UNANSWERED_MESSAGES + 3);
    await peer.send(...messages);
    peer.connection.receiveEnd();
    for (let round = 0; round < 4; round++) await answerAll();
    expect(peer.replies).toHaveLength(messages.length);
    expect(peer.wire.hasEnded).toBe(true);
  });

  test('what was unread for want of room is still read', async () => {
    bench.room.hasRoom = false;
    await peer.send('say 1\n');
    peer.connection.receiveEnd();
    await settled();
    expect(peer.wire.hasEnded).toBe(false);
    bench.room.make();
    await settled();
    expect(peer.replies).toEqual(['1']);
    expect(peer.wire.hasEnded).toBe(true);
  });

  test('an answer that takes long to be taken is not cut off', async () => {
    peer.sendNow('say 1\n');
    peer.connection.receiveEnd();
    await settled();
    expect(peer.replies).toEqual(['1']);
    for (peer.wire.unsentBytes = 20_000_000; peer.wire.unsentBytes > 0; peer.wire.unsentBytes -= 2_000_000) {
      await peer.wait(500);
      expect(peer.wire.isDestroyed).toBe(false);
    }
  });
});

describe('shutDown', () => {
  test('ends an idle connection at once', () => {
    peer.connection.shutDown();
    expect(peer.wire.hasEnded).toBe(true);
  });

  test('ends a connection with an unfinished message at once', async () => {
    await peer.send('ask 1');
    peer.connection.shutDown();
    expect(peer.wire.hasEnded).toBe(true);
  });

  test('ends a connection that waits for an owed reply at once', async () => {
    await peer.send('owe later\n');
    peer.connection.shutDown();
    expect(peer.wire.hasEnded).toBe(true);
    bench.protocol.deliverAll();
    await settled();
    expect(peer.wire.mistakes).toEqual([]);
  });

  test('ends a connection that waits for room at once', async () => {
    bench.room.hasRoom = false;
    await peer.send('ask 1\n');
    peer.connection.shutDown();
    expect(peer.wire.hasEnded).toBe(true);
    expect(bench.queue.size).toBe(0);
  });

  test('lets what was read be answered first, and reads no more', async () => {
    await peer.send('ask 1\n');
    peer.connection.shutDown();
    await peer.send('ask 2\n');
    expect(peer.wire.hasEnded).toBe(false);
    await answerAll();
    expect(peer.replies).toEqual(['1']);
    expect(peer.wire.hasEnded).toBe(true);
  });

  test('a paused connection is answered what was read', async () => {
    await peer.send(...questions(MAX_UNANSWERED_MESSAGES + 1));
    peer.connection.shutDown();
    await answerAll();
    expect(peer.replies).toHaveLength(MAX_UNANSWERED_MESSAGES);
    expect(peer.wire.hasEnded).toBe(true);
    expect(bench.protocol.asked).toHaveLength(0);
  });

  test('changes nothing for one that is over', async () => {
    await peer.send(UNREADABLE);
    peer.connection.shutDown();
    peer.wire.close(peer.connection);
    peer.connection.shutDown();
    peer.connection.closed();
    expect(peer.wire.mistakes).toEqual([]);
  });
});

describe('closed', () => {
  test('answers that come later are dropped', async () => {
    await peer.send('ask 1\n', 'owe later\n', 'say 2\n');
    peer.wire.close(peer.connection);
    bench.protocol.deliverAll();
    await answerAll();
    expect(peer.wire.mistakes).toEqual([]);
  });

  test('last replies that come later are dropped', async () => {
    await peer.send('ask 1\n', 'ask 2\n');
    peer.wire.close(peer.connection);
    bench.protocol.refuseAll();
    await settled();
    expect(peer.wire.mistakes).toEqual([]);
  });

  test('what was ready but not written is dropped', async () => {
    peer.sendNow('say 1\n');
    peer.wire.close(peer.connection);
    await settled();
    expect(peer.wire.mistakes).toEqual([]);
    expect(peer.replies).toEqual([]);
  });
});
