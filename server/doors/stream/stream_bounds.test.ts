import { settled } from '../../testing/settled';
import {
  LINGER_BYTES,
  LINGER_MS,
  MAX_MESSAGES_PER_TURN,
  MAX_PARTIAL_BYTES,
  MAX_UNANSWERED_MESSAGES,
  MAX_UNSENT_BYTES,
  SERVED_MS,
  SLICE_BYTES,
} from './limits';
import { MAX_LINE_BYTES } from './testing/line_protocol';
import { IDLE_TIMEOUT_MS, LinePeer, StreamBench } from './testing/stream_bench';

const UNREADABLE = '!\n';

let bench = new StreamBench();
let peer = bench.connect();

beforeEach(() => {
  bench = new StreamBench();
  peer = bench.connect();
});

async function answerAll(): Promise<void> {
  bench.protocol.answerAll();
  await settled();
}

describe('timeouts (R25)', () => {
  test('a silent connection is closed', async () => {
    await peer.wait(IDLE_TIMEOUT_MS - 250);
    expect(peer.wire.hasEnded).toBe(false);
    await peer.wait(250);
    expect(peer.wire.hasEnded).toBe(true);
    await peer.wait(LINGER_MS);
    expect(peer.wire.isDestroyed).toBe(true);
  });

  test('each message restarts the time', async () => {
    for (let round = 0; round < 5; round++) {
      await peer.send('say x\n');
      await peer.wait(IDLE_TIMEOUT_MS - 500);
    }
    expect(peer.wire.hasEnded).toBe(false);
  });

  test('the time in which the program was held up does not count: what was sent meanwhile is still unread', async () => {
    await peer.wait(IDLE_TIMEOUT_MS - 500);
    bench.clock.advance(5 * IDLE_TIMEOUT_MS);
    peer.connection.tick(5 * IDLE_TIMEOUT_MS);
    expect(peer.wire.hasEnded).toBe(false);
    await peer.send('say x\n');
    await peer.wait(IDLE_TIMEOUT_MS - 250);
    expect(peer.wire.hasEnded).toBe(false);
    // Who was silent before is silent still.
    bench.clock.advance(IDLE_TIMEOUT_MS);
    peer.connection.tick(IDLE_TIMEOUT_MS);
    await peer.wait(250);
    expect(peer.wire.hasEnded).toBe(true);
  });

  test('a message that trickles in is not waited for', async () => {
    for (const byte of Buffer.from('say something long')) {
      if (peer.wire.hasEnded) break;
      await peer.send(Buffer.of(byte));
      await peer.wait(1_000);
    }
    expect(peer.wire.hasEnded).toBe(true);
  });

  test('a peer that waits for an owed reply is not closed', async () => {
    await peer.send('owe later\n');
    await peer.wait(10 * IDLE_TIMEOUT_MS);
    expect(peer.wire.hasEnded).toBe(false);
    bench.protocol.deliverAll();
    await settled();
    expect(peer.replies).toEqual(['later']);
    await peer.wait(IDLE_TIMEOUT_MS);
    expect(peer.wire.hasEnded).toBe(true);
  });

  describe('a peer that was sent what it was owed', () => {
    beforeEach(async () => {
      await peer.send('owe later\n');
      await peer.wait(2 * SERVED_MS);
      bench.protocol.deliverAll();
      await settled();
    });

    test('is waited for a little, so that it may say more or read to the end, then the connection ends', async () => {
      await peer.wait(SERVED_MS - 250);
      expect(peer.wire.hasEnded).toBe(false);
      await peer.wait(250);
      expect(peer.wire.hasEnded).toBe(true);
      expect(peer.replies).toEqual(['later']);
      // What it was sent can arrive: nothing is dropped while it closes its side too.
      expect(peer.wire.isDestroyed).toBe(false);
    });

    test('has as long as any other once it has said more', async () => {
      await peer.send('say more\n');
      await peer.wait(IDLE_TIMEOUT_MS - 250);
      expect(peer.wire.hasEnded).toBe(false);
      expect(peer.replies).toEqual(['later', 'more']);
    });

    test('may finish what it has begun to say', async () => {
      await peer.send('say mo');
      await peer.wait(2 * SERVED_MS);
      await peer.send('re\n');
      expect(peer.replies).toEqual(['later', 'more']);
    });

    test('is not waited for less while it has not taken it', async () => {
      peer.wire.unsentBytes = 1;
      await peer.wait(IDLE_TIMEOUT_MS - 500);
      expect(peer.wire.hasEnded || peer.wire.isDestroyed).toBe(false);
    });
  });

  test('a peer that is owed more, or waits for an answer, is waited for as ever', async () => {
    await peer.send('owe one\n', 'owe other\n', 'ask question\n');
    bench.protocol.owed.shift()?.answer();
    await peer.wait(2 * SERVED_MS);
    bench.protocol.owed.shift()?.answer();
    await peer.wait(2 * SERVED_MS);
    expect(peer.wire.hasEnded).toBe(false);
    await answerAll();
    await peer.wait(SERVED_MS);
    expect(peer.wire.hasEnded).toBe(true);
    expect(peer.replies).toEqual(['one', 'other', 'question']);
  });

  test('a message that trickles in is not waited for, whatever is owed', async () => {
    await peer.send('owe later\n', 's');
    await peer.wait(IDLE_TIMEOUT_MS);
    expect(peer.wire.hasEnded).toBe(true);
  });

  test('a peer that waits for an answer is not closed', async () => {
    await peer.send('ask 1\n');
    await peer.wait(3 * IDLE_TIMEOUT_MS);
    expect(peer.wire.hasEnded).toBe(false);
    await answerAll();
    expect(peer.replies).toEqual(['1']);
  });

  test('a peer that takes no answers is dropped', async () => {
    await peer.send('say x\n');
    peer.wire.unsentBytes = 1;
    await peer.wait(IDLE_TIMEOUT_MS - 250);
    expect(peer.wire.isDestroyed).toBe(false);
    await peer.wait(250);
    expect(peer.wire.isDestroyed).toBe(true);
  });

  test('a peer that takes its answers late is not dropped', async () => {
    for (let round = 0; round < 3; round++) {
      await peer.send('say x\n');
      peer.wire.unsentBytes = 1;
      await peer.wait(IDLE_TIMEOUT_MS - 250);
      peer.wire.unsentBytes = 0;
      peer.connection.drained();
    }
    await peer.wait(250);
    expect(peer.wire.isDestroyed || peer.wire.hasEnded).toBe(false);
  });

  test('a peer that takes a large answer slowly, but steadily, is not dropped', async () => {
    await peer.send('say x\n');
    for (peer.wire.unsentBytes = 20_000_000; peer.wire.unsentBytes > 0; peer.wire.unsentBytes -= 1_000_000) {
      await peer.wait(1_000);
      expect(peer.wire.isDestroyed).toBe(false);
    }
  });

  test('a peer that is not read for want of room is not closed', async () => {
    bench.room.hasRoom = false;
    await peer.send('ask 1\n');
    await peer.wait(2 * IDLE_TIMEOUT_MS);
    expect(peer.wire.hasEnded).toBe(false);
  });
});

describe('bounds', () => {
  const tooMany = MAX_UNANSWERED_MESSAGES + 10;

  test(`${MAX_UNANSWERED_MESSAGES} unanswered messages stop the reading, an answer lets it go on`, async () => {
    const { asked } = bench.protocol;
    await peer.send(...Array.from({ length: tooMany }, (_, index) => `ask ${index + 1}\n`));
    expect(peer.wire.isPaused).toBe(true);
    expect(asked).toHaveLength(MAX_UNANSWERED_MESSAGES);
    asked.shift()!.answer();
    await settled();
    expect(asked).toHaveLength(MAX_UNANSWERED_MESSAGES);
    expect(peer.wire.isPaused).toBe(true);
    await answerAll();
    expect(peer.wire.isPaused).toBe(false);
    await answerAll();
    expect(peer.replies).toEqual(Array.from({ length: tooMany }, (_, index) => String(index + 1)));
  });

  test('replies that the peer does not take stop the reading, until it has taken them', async () => {
    peer.wire.unsentBytes = MAX_UNSENT_BYTES + 1;
    await peer.send('say 1\n', 'say 2\n');
    expect(peer.wire.isPaused).toBe(true);
    expect(peer.replies).toEqual([]);
    peer.wire.unsentBytes = 0;
    peer.connection.drained();
    await settled();
    expect(peer.replies).toEqual(['1', '2']);
    expect(peer.wire.isPaused).toBe(false);
  });

  test('after so many messages in one turn, it is the others’ turn', async () => {
    const count = 2 * MAX_MESSAGES_PER_TURN + 10;
    peer.sendNow(...Array.from({ length: count }, (_, index) => `say ${index}\n`));
    peer.connection.receiveEnd();
    await Promise.resolve();
    expect(peer.wire.isPaused).toBe(true);
    await new Promise((resolve) => setImmediate(resolve));
    while (peer.wire.isPaused) await settled();
    expect(peer.replies).toHaveLength(count);
    expect(peer.wire.hasEnded).toBe(true);
  });

  test('a large reply leaves in slices, as the peer takes it', async () => {
    const text = 'x'.repeat(2 * SLICE_BYTES);
    await peer.send('ask 1\n');
    peer.wire.unsentBytes = SLICE_BYTES;
    await peer.send(`say ${text}\n`);
    await answerAll();
    expect(peer.wire.writes).toBe(0);
    peer.wire.unsentBytes = 0;
    peer.connection.drained();
    expect(peer.wire.written.length).toBe('1\n'.length + text.length + 1);
    expect(peer.wire.writes).toBe(4);
  });

  test('a storage that does not keep up stops the reading, until it has room', async () => {
    bench.room.hasRoom = false;
    await peer.send('ask 1\n');
    expect(peer.wire.isPaused).toBe(true);
    expect(bench.protocol.asked).toHaveLength(0);
    bench.room.make();
    expect(bench.protocol.asked).toHaveLength(1);
    expect(peer.wire.isPaused).toBe(false);
    expect(bench.queue.size).toBe(0);
  });

  test('a connection that has gone waits for room no more', async () => {
    bench.room.hasRoom = false;
    await peer.send('ask 1\n');
    peer.wire.close(peer.connection);
    expect(bench.queue.size).toBe(0);
    bench.room.make();
    expect(bench.protocol.asked).toHaveLength(0);
  });

  test('an answer does not let those read on that wait for room', async () => {
    await peer.send('ask 1\n');
    bench.room.hasRoom = false;
    await peer.send('ask 2\n');
    bench.room.hasRoom = true;
    await answerAll();
    expect(bench.protocol.asked).toHaveLength(0);
    bench.room.make();
    expect(bench.protocol.asked).toHaveLength(1);
  });
});

describe('the bound of unfinished messages, all connections together', () => {
  const partial = `say ${'x'.repeat(MAX_LINE_BYTES - 4)}`;

  /** Connections that each hold a message without its end: as many as there is memory for, if not told else. */
  async function fill(count = Math.floor(MAX_PARTIAL_BYTES / partial.length)): Promise<LinePeer[]> {
    const peers = Array.from({ length: count }, () => bench.connect());
    for (const one of peers) await one.send(partial);
    return peers;
  }

  test('the connection that goes over it is refused', async () => {
    const peers = await fill();
    const [oneMore] = await fill(1);
    expect(peers.flatMap(({ replies }) => replies)).toEqual([]);
    expect(oneMore?.replies).toEqual(['full']);
    expect(oneMore?.wire.hasEnded).toBe(true);
  });

  test('what a connection held is free when it has gone', async () => {
    for (const one of await fill()) one.wire.close(one.connection);
    const peers = await fill();
    expect(peers.flatMap(({ replies }) => replies)).toEqual([]);
  });

  test('what a connection held is free when its message is whole', async () => {
    for (let round = 0; round < 3; round++) {
      for (const one of await fill()) {
        await one.send('\n');
        expect(one.replies).toHaveLength(1);
      }
      expect(bench.context.partialBytes.isOver()).toBe(false);
    }
  });

  test('a connection that holds nothing is not refused', async () => {
    await fill();
    await fill(1);
    await peer.send('say 1\n', 'say 2\n');
    expect(peer.replies).toEqual(['1', '2']);
  });

  test('a refused connection holds nothing any more', async () => {
    await fill();
    await fill(1);
    expect(bench.context.partialBytes.isOver()).toBe(false);
  });

  test('a peer that has closed its side holds nothing any more', async () => {
    for (const one of await fill()) one.connection.receiveEnd();
    const peers = await fill();
    expect(peers.flatMap(({ replies }) => replies)).toEqual([]);
  });
});

describe('after a last reply', () => {
  beforeEach(async () => {
    await peer.send(UNREADABLE);
  });

  test('what comes is discarded for two seconds, then the connection is dropped', async () => {
    await peer.wait(LINGER_MS - 250);
    await peer.send('ask 1\n');
    expect(peer.wire.isDestroyed).toBe(false);
    await peer.wait(250);
    expect(peer.wire.isDestroyed).toBe(true);
    expect(peer.replies).toHaveLength(1);
    expect(bench.protocol.asked).toHaveLength(0);
  });

  test('no more than a bound is discarded', () => {
    const chunk = Buffer.alloc(1024 * 1024);
    for (let sent = 0; sent < LINGER_BYTES; sent += chunk.length) peer.connection.receive(chunk);
    expect(peer.wire.isDestroyed).toBe(false);
    peer.connection.receive(Buffer.of(0));
    expect(peer.wire.isDestroyed).toBe(true);
  });
});
