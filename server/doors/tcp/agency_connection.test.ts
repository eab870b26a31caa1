import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { encodeAsk } from '../../../protocol/ask';
import { encodeFin } from '../../../protocol/fin';
import { betBytes } from '../../testing/bets';
import { isPending, settled } from '../../testing/settled';
import { HeldLedger } from '../../ledger/testing/held_ledger';
import { MAX_QUEUED_BYTES } from '../../lottery/lottery';
import {
  LINGER_BYTES,
  LINGER_MS,
  MAX_PARTIAL_BYTES,
  MAX_UNANSWERED_MESSAGES,
  MAX_UNSENT_BYTES,
  MAX_WAITING_WINS,
} from './limits';
import { Bench, DOOR_SETTINGS, IDLE_TIMEOUT_MS, Peer, TERMS } from './testing/bench';

const WINNING = [{ number: TERMS.winnerNumber, document: '21689196' }];
const BAD_BATCH = 'BET00000001000100000009;\n';
const GARBAGE = 'GET / HTTP/1.1\r\n';

let bench = new Bench();
let peer = bench.connect();
let held = new HeldLedger(TERMS);

beforeEach(() => {
  bench = new Bench();
  peer = bench.connect();
});

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc()');
}

/** A bench whose ledger answers when it is told to. */
function holdLedger(): void {
  held = new HeldLedger(TERMS);
  bench = new Bench(held);
  peer = bench.connect();
}

/** Lets all agencies but the first finish. */
async function othersFinish(): Promise<void> {
  for (let agency = 2; agency <= TERMS.agencies; agency++) await bench.lottery.finish(agency);
}

/** A message of which the last byte is missing. */
const allButLast = (message: Buffer): Buffer => message.subarray(0, -1);

describe('replies', () => {
  test('each message is answered', async () => {
    await peer.send('ECHO hello\n');
    await peer.send(encodeAsk(1));
    await peer.send(betBytes(1, 1, [{ id: 41 }, { id: 42 }]));
    await peer.send(encodeAsk(1));
    expect(peer.replies).toEqual(['ECHO hello', 'HAS 0,0,0', 'ACK 1,1', 'HAS 1,42,2']);
    expect(peer.wire.hasEnded).toBe(false);
  });

  test('many messages in one chunk are answered in their order, in one write', async () => {
    await peer.send(
      'ECHO 1\n',
      betBytes(1, 1),
      betBytes(1, 2),
      encodeAsk(1),
      'ECHO 2\n',
      BAD_BATCH,
      betBytes(2, 1),
    );
    expect(peer.replies).toEqual([
      'ECHO 1',
      'ACK 1,1',
      'ACK 1,2',
      'HAS 2,1,2',
      'ECHO 2',
      'ERR 9,bad-batch',
      'ACK 2,1',
    ]);
    expect(peer.wire.writes).toBeLessThanOrEqual(2);
  });

  test('messages that come byte by byte are answered', async () => {
    for (const byte of Buffer.concat([betBytes(1, 1), encodeFin(1), Buffer.from('ECHO x\n')])) {
      peer.sendNow(Buffer.of(byte));
    }
    await settled();
    expect(peer.replies).toEqual(['ACK 1,1', 'ECHO x']);
  });

  test('an answer that is ready waits for those before it', async () => {
    holdLedger();
    await peer.send(betBytes(1, 1), encodeAsk(1), betBytes(1, 2), 'ECHO last\n');
    held.calls[2]!.answer();
    held.calls[1]!.answer();
    await settled();
    expect(peer.replies).toEqual([]);
    held.calls[0]!.answer();
    await settled();
    expect(peer.replies).toEqual(['ACK 1,1', 'HAS 0,0,1', 'ACK 1,2', 'ECHO last']);
  });

  test('a closing refusal waits for the answers before it, and nothing behind it is read', async () => {
    holdLedger();
    await peer.send(betBytes(1, 1), GARBAGE, betBytes(1, 2));
    expect(peer.wire.hasEnded).toBe(false);
    expect(held.calls).toHaveLength(1);
    held.answerAll();
    await settled();
    expect(peer.replies).toEqual(['ACK 1,1', 'ERR 0,bad-header']);
    expect(peer.wire.hasEnded).toBe(true);
  });
});

describe('refusals', () => {
  const openEnded: [name: string, bytes: Buffer | string, reply: string][] = [
    ['a bad batch', BAD_BATCH, 'ERR 9,bad-batch'],
    ['an agency that is unknown, in a BET', betBytes(4, 7), 'ERR 7,unknown-agency'],
    ['an agency that is unknown, in a FIN', encodeFin(4), 'ERR 0,unknown-agency'],
    ['an agency that is unknown, in an ASK', encodeAsk(0), 'ERR 0,unknown-agency'],
  ];
  test.each(openEnded)('%s leaves the connection open', async (_, bytes, reply) => {
    await peer.send(bytes, 'ECHO still here\n');
    expect(peer.replies).toEqual([reply, 'ECHO still here']);
    expect(peer.wire.hasEnded).toBe(false);
  });

  test('other bets under a known id are a conflict', async () => {
    await peer.send(betBytes(1, 1), betBytes(1, 1, [{ id: 2 }]), betBytes(1, 1));
    expect(peer.replies).toEqual(['ACK 1,1', 'ERR 1,batch-conflict', 'ACK 1,1']);
    expect(peer.wire.hasEnded).toBe(false);
  });

  test('a new batch behind a FIN is closed, a known one is acknowledged', async () => {
    await peer.send(betBytes(1, 1), encodeFin(1), betBytes(1, 2), betBytes(1, 1));
    expect(peer.replies).toEqual(['ACK 1,1', 'ERR 2,closed', 'ACK 1,1']);
    expect(peer.wire.hasEnded).toBe(false);
  });

  const closing: [name: string, bytes: string, reply: string][] = [
    ['bytes that are no message', GARBAGE, 'ERR 0,bad-header'],
    ['the first wrong letter', 'BAT', 'ERR 0,bad-header'],
    ['a header with a letter for a digit', 'BET0000000x000100000001', 'ERR 0,bad-header'],
    ['no line feed behind the payload', 'BET00000001000100000003;;', 'ERR 3,bad-header'],
    ['a payload over the limit', 'BET99999999000100000005', 'ERR 5,too-large'],
    ['an endless ECHO', `ECHO ${'x'.repeat(1_100)}`, 'ERR 0,bad-header'],
  ];
  test.each(closing)('%s closes the connection behind the refusal', async (_, bytes, reply) => {
    await peer.send(bytes);
    await peer.send('ECHO not read\n');
    expect(peer.replies).toEqual([reply]);
    expect(peer.wire.hasEnded).toBe(true);
    expect(peer.wire.isDestroyed).toBe(false);
  });

  test('a storage that fails closes the connection', async () => {
    holdLedger();
    await peer.send(betBytes(1, 1));
    held.rejectAll();
    await settled();
    expect(peer.replies).toEqual(['ERR 1,unavailable']);
    expect(peer.wire.hasEnded).toBe(true);
  });

  test('a storage that fails under several batches: one refusal, then nothing more', async () => {
    holdLedger();
    await peer.send(betBytes(1, 1), betBytes(1, 2), betBytes(1, 3));
    held.rejectAll();
    await settled();
    expect(peer.wire.mistakes).toEqual([]);
    expect(peer.replies).toEqual(['ERR 1,unavailable']);
  });

  test('an answer that comes behind a closing refusal is not sent', async () => {
    holdLedger();
    await peer.send(betBytes(1, 1), encodeAsk(1));
    held.calls[0]!.reject();
    await settled();
    held.calls[1]!.answer();
    await settled();
    expect(peer.wire.mistakes).toEqual([]);
  });

  test('each refusal is logged, without a word of what was sent', async () => {
    await peer.send(betBytes(9, 1), BAD_BATCH);
    expect(bench.log.of('refuse_message', 'fail')).toHaveLength(2);
  });
});

describe('WIN', () => {
  test('comes when the draw has run, behind later replies', async () => {
    await peer.send(betBytes(1, 1, WINNING), encodeFin(1), 'ECHO behind the FIN\n');
    expect(peer.replies).toEqual(['ACK 1,1', 'ECHO behind the FIN']);
    await othersFinish();
    await settled();
    expect(peer.replies).toEqual(['ACK 1,1', 'ECHO behind the FIN', 'WIN 21689196']);
    expect(peer.wire.hasEnded).toBe(false);
  });

  test('comes at once after the draw, on whatever connection', async () => {
    await peer.send(betBytes(1, 1, WINNING), encodeFin(1));
    await othersFinish();
    const other = bench.connect();
    await other.send(encodeFin(2), encodeFin(1));
    expect(other.replies).toEqual(['WIN', 'WIN 21689196']);
  });

  test('comes as often as the FIN', async () => {
    await othersFinish();
    await peer.send(encodeFin(1), encodeFin(1), encodeFin(1));
    expect(peer.replies).toEqual(['WIN', 'WIN', 'WIN']);
  });

  test(`is owed ${MAX_WAITING_WINS} times at most`, async () => {
    await peer.send(...Array.from({ length: MAX_WAITING_WINS + 5 }, () => encodeFin(1)));
    await othersFinish();
    await settled();
    expect(peer.replies).toHaveLength(MAX_WAITING_WINS);
  });

  test('comes to a peer that has closed its side, which ends the connection', async () => {
    await peer.send(encodeFin(1));
    peer.connection.receiveEnd();
    await settled();
    expect(peer.wire.hasEnded).toBe(false);
    await othersFinish();
    await settled();
    expect(peer.replies).toEqual(['WIN']);
    expect(peer.wire.hasEnded).toBe(true);
  });

  test('a peer that closes its side while its FIN is being stored gets its WIN', async () => {
    holdLedger();
    await peer.send(encodeFin(1));
    peer.connection.receiveEnd();
    held.answerAll();
    await settled();
    expect(peer.wire.hasEnded).toBe(false);
    for (const agency of [2, 3]) {
      void bench.lottery.finish(agency);
      held.answerAll();
      await settled();
    }
    held.answerAll();
    await settled();
    expect(peer.replies).toEqual(['WIN']);
    expect(peer.wire.hasEnded).toBe(true);
  });

  test('is not sent behind a refusal that closes', async () => {
    await peer.send(encodeFin(1));
    await peer.send(GARBAGE);
    expect(peer.wire.hasEnded).toBe(true);
    await othersFinish();
    await settled();
    expect(peer.wire.mistakes).toEqual([]);
    expect(peer.replies).toEqual(['ERR 0,bad-header']);
  });

  test('a connection that has gone is not kept for a WIN', async () => {
    expect(await isCollected('ECHO x\n')).toBe(true);
    expect(await isCollected(encodeFin(1))).toBe(true);
  });

  /** Whether a connection that has sent this and then gone is garbage. */
  async function isCollected(bytes: Buffer | string): Promise<boolean> {
    const gone = await (async () => {
      const other = bench.connect();
      await other.send(bytes);
      other.wire.close(other.connection);
      return new WeakRef(other.connection);
    })();
    await settled();
    collectGarbage();
    return gone.deref() === undefined;
  }
});

describe('half-close', () => {
  test('a peer that has closed its side gets all its answers, then the end', async () => {
    holdLedger();
    await peer.send(betBytes(1, 1), betBytes(1, 2));
    peer.connection.receiveEnd();
    expect(peer.wire.hasEnded).toBe(false);
    held.answerAll();
    await settled();
    expect(peer.replies).toEqual(['ACK 1,1', 'ACK 1,2']);
    expect(peer.wire.hasEnded).toBe(true);
  });

  test('a peer that wants nothing gets the end at once', () => {
    peer.connection.receiveEnd();
    expect(peer.wire.hasEnded).toBe(true);
  });

  test('a message that was cut short is dropped', async () => {
    await peer.send(allButLast(betBytes(1, 1)));
    peer.connection.receiveEnd();
    await settled();
    expect(peer.wire.hasEnded).toBe(true);
    expect(await bench.ledger.standing(1)).toMatchObject({ bets: 0 });
  });

  test('what was unread when the peer closed its side is still read', async () => {
    holdLedger();
    const messages = Array.from({ length: MAX_UNANSWERED_MESSAGES + 3 }, (_, index) =>
      betBytes(1, index + 1),
    );
    await peer.send(...messages);
    peer.connection.receiveEnd();
    for (let round = 0; round < 4; round++) {
      held.answerAll();
      await settled();
    }
    expect(peer.replies).toHaveLength(messages.length);
    expect(peer.wire.hasEnded).toBe(true);
  });

  test('an answer that takes long to be taken is not cut off', async () => {
    await othersFinish();
    peer.sendNow(encodeFin(1));
    peer.connection.receiveEnd();
    await settled();
    expect(peer.replies).toEqual(['WIN']);
    for (peer.wire.unsentBytes = 20_000_000; peer.wire.unsentBytes > 0; peer.wire.unsentBytes -= 2_000_000) {
      await peer.wait(500);
      expect(peer.wire.isDestroyed).toBe(false);
    }
  });
});

describe('taking over (R22)', () => {
  let former = peer;
  let later = peer;

  beforeEach(() => {
    former = bench.connect();
    later = bench.connect();
  });

  test('the one that asked last and sends bars those that asked before', async () => {
    await former.send(encodeAsk(1));
    await later.send(encodeAsk(1), 'ECHO x\n');
    await later.send(betBytes(1, 1));
    await former.send(betBytes(1, 2));
    expect(later.replies).toEqual(['HAS 0,0,0', 'ECHO x', 'ACK 1,1']);
    expect(former.replies).toEqual(['HAS 0,0,0', 'ERR 2,unavailable']);
    expect(former.wire.hasEnded).toBe(true);
    expect(await bench.ledger.standing(1)).toMatchObject({ bets: 1 });
  });

  test('a batch that is stored already is refused to the former connection too', async () => {
    await former.send(encodeAsk(1));
    await former.send(betBytes(1, 1));
    await later.send(encodeAsk(1));
    await later.send(betBytes(1, 2));
    await former.send(betBytes(1, 1));
    expect(former.replies.at(-1)).toBe('ERR 1,unavailable');
  });

  test('asking alone takes nothing over', async () => {
    await former.send(encodeAsk(1));
    await later.send(encodeAsk(1));
    await former.send(betBytes(1, 1));
    expect(former.replies).toEqual(['HAS 0,0,0', 'ACK 1,1']);
  });

  test('whoever asks again may send again', async () => {
    await former.send(encodeAsk(1));
    await later.send(encodeAsk(1));
    await later.send(betBytes(1, 1));
    await former.send(encodeAsk(1));
    await former.send(betBytes(1, 2));
    await later.send(betBytes(1, 3));
    expect(former.replies.at(-1)).toBe('ACK 1,2');
    expect(later.replies.at(-1)).toBe('ERR 3,unavailable');
  });

  test('a connection that never asked is left alone', async () => {
    await later.send(encodeAsk(1));
    await later.send(betBytes(1, 1));
    await former.send(betBytes(1, 2));
    expect(former.replies).toEqual(['ACK 1,2']);
  });

  test('each agency is taken over by itself', async () => {
    await former.send(encodeAsk(1), encodeAsk(2));
    await later.send(encodeAsk(1));
    await later.send(betBytes(1, 1));
    await former.send(betBytes(2, 1));
    expect(former.replies.at(-1)).toBe('ACK 2,1');
  });

  test('a refused batch takes over as well as a good one', async () => {
    await former.send(encodeAsk(1));
    await later.send(encodeAsk(1));
    await later.send(betBytes(1, 1));
    await later.send(betBytes(1, 1, [{ id: 2 }]));
    await former.send(betBytes(1, 2));
    expect(former.replies.at(-1)).toBe('ERR 2,unavailable');
  });
});

describe('timeouts (R25)', () => {
  test('a silent connection is closed', async () => {
    await peer.wait(IDLE_TIMEOUT_MS - 250);
    expect(peer.wire.hasEnded).toBe(false);
    await peer.wait(250);
    expect(peer.wire.hasEnded).toBe(true);
    await peer.wait(LINGER_MS);
    expect(peer.wire.isDestroyed).toBe(true);
  });

  test('each message begins the time anew', async () => {
    for (let round = 0; round < 5; round++) {
      await peer.send('ECHO x\n');
      await peer.wait(IDLE_TIMEOUT_MS - 500);
    }
    expect(peer.wire.hasEnded).toBe(false);
  });

  test('a message that trickles in is not waited for', async () => {
    for (const byte of allButLast(betBytes(1, 1)).subarray(0, 20)) {
      if (peer.wire.hasEnded) break;
      await peer.send(Buffer.of(byte));
      await peer.wait(1_000);
    }
    expect(peer.wire.hasEnded).toBe(true);
  });

  test('whoever waits for a WIN is not closed', async () => {
    await peer.send(encodeFin(1));
    await peer.wait(10 * IDLE_TIMEOUT_MS);
    expect(peer.wire.hasEnded).toBe(false);
    await othersFinish();
    await settled();
    expect(peer.replies).toEqual(['WIN']);
    await peer.wait(IDLE_TIMEOUT_MS);
    expect(peer.wire.hasEnded).toBe(true);
  });

  test('a message that trickles in is not waited for, a WIN or not', async () => {
    await peer.send(encodeFin(1), 'B');
    await peer.wait(IDLE_TIMEOUT_MS);
    expect(peer.wire.hasEnded).toBe(true);
  });

  test('whoever waits for an answer of the storage is not closed', async () => {
    holdLedger();
    await peer.send(betBytes(1, 1));
    await peer.wait(3 * IDLE_TIMEOUT_MS);
    expect(peer.wire.hasEnded).toBe(false);
    held.answerAll();
    await settled();
    expect(peer.replies).toEqual(['ACK 1,1']);
  });

  test('whoever takes no answers is dropped', async () => {
    await peer.send('ECHO x\n');
    peer.wire.unsentBytes = 1;
    await peer.wait(IDLE_TIMEOUT_MS - 250);
    expect(peer.wire.isDestroyed).toBe(false);
    await peer.wait(250);
    expect(peer.wire.isDestroyed).toBe(true);
  });

  test('whoever takes its answers late is not dropped', async () => {
    for (let round = 0; round < 3; round++) {
      await peer.send('ECHO x\n');
      peer.wire.unsentBytes = 1;
      await peer.wait(IDLE_TIMEOUT_MS - 250);
      peer.wire.unsentBytes = 0;
      peer.connection.drained();
    }
    await peer.wait(250);
    expect(peer.wire.isDestroyed || peer.wire.hasEnded).toBe(false);
  });

  test('whoever takes a large answer slowly, but steadily, is not dropped', async () => {
    await othersFinish();
    await peer.send(encodeFin(1));
    for (peer.wire.unsentBytes = 20_000_000; peer.wire.unsentBytes > 0; peer.wire.unsentBytes -= 1_000_000) {
      await peer.wait(1_000);
      expect(peer.wire.isDestroyed).toBe(false);
    }
  });

  test('whoever is not read for want of room is not closed', async () => {
    holdLedger();
    held.queuedBytes = MAX_QUEUED_BYTES + 1;
    await peer.send(betBytes(1, 1));
    await peer.wait(2 * IDLE_TIMEOUT_MS);
    expect(peer.wire.hasEnded).toBe(false);
  });
});

describe('bounds', () => {
  const tooMany = MAX_UNANSWERED_MESSAGES + 10;

  test(`${MAX_UNANSWERED_MESSAGES} unanswered messages stop the reading, an answer lets it go on`, async () => {
    holdLedger();
    await peer.send(...Array.from({ length: tooMany }, (_, index) => betBytes(1, index + 1)));
    expect(peer.wire.isPaused).toBe(true);
    expect(held.calls).toHaveLength(MAX_UNANSWERED_MESSAGES);
    held.calls.shift()!.answer();
    await settled();
    expect(held.calls).toHaveLength(MAX_UNANSWERED_MESSAGES);
    expect(peer.wire.isPaused).toBe(true);
    held.answerAll();
    await settled();
    expect(peer.wire.isPaused).toBe(false);
    held.answerAll();
    await settled();
    expect(peer.replies).toEqual(Array.from({ length: tooMany }, (_, index) => `ACK 1,${index + 1}`));
  });

  test('replies that the peer does not take stop the reading, until it has taken them', async () => {
    peer.wire.unsentBytes = MAX_UNSENT_BYTES + 1;
    await peer.send('ECHO 1\n', 'ECHO 2\n');
    expect(peer.wire.isPaused).toBe(true);
    expect(peer.replies).toEqual([]);
    peer.wire.unsentBytes = 0;
    peer.connection.drained();
    await settled();
    expect(peer.replies).toEqual(['ECHO 1', 'ECHO 2']);
    expect(peer.wire.isPaused).toBe(false);
  });

  test('a storage that does not keep up stops the reading, until it has room', async () => {
    holdLedger();
    held.queuedBytes = MAX_QUEUED_BYTES + 1;
    await peer.send(betBytes(1, 1));
    expect(peer.wire.isPaused).toBe(true);
    expect(held.calls).toHaveLength(0);
    bench.door.shareRoom();
    expect(held.calls).toHaveLength(0);
    held.queuedBytes = 0;
    bench.door.shareRoom();
    expect(held.calls).toHaveLength(1);
    expect(peer.wire.isPaused).toBe(false);
    expect(bench.door.waitingForRoom.size).toBe(0);
  });

  test('a connection that has gone waits for room no more', async () => {
    holdLedger();
    held.queuedBytes = MAX_QUEUED_BYTES + 1;
    await peer.send(betBytes(1, 1));
    peer.wire.close(peer.connection);
    expect(bench.door.waitingForRoom.size).toBe(0);
    held.queuedBytes = 0;
    bench.door.shareRoom();
    expect(held.calls).toHaveLength(0);
  });

  describe('of unfinished messages, all connections together', () => {
    const partial = `BET${String(DOOR_SETTINGS.maxPayloadBytes).padStart(
      8,
      '0',
    )}000100000001;${'x'.repeat(DOOR_SETTINGS.maxPayloadBytes - 1)}`;

    /** Connections that each hold a message without its end: as many as there is memory for, if not told else. */
    async function fill(count = Math.floor(MAX_PARTIAL_BYTES / partial.length)): Promise<Peer[]> {
      const peers = Array.from({ length: count }, () => bench.connect());
      for (const one of peers) await one.send(partial);
      return peers;
    }

    test('the connection that goes over the bound is refused', async () => {
      const peers = await fill();
      const [oneMore] = await fill(1);
      expect(peers.flatMap(({ replies }) => replies)).toEqual([]);
      expect(oneMore?.replies).toEqual(['ERR 0,unavailable']);
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
          expect(one.replies).toEqual(['ERR 1,bad-batch']);
        }
        expect(bench.door.partialBytes.isOver()).toBe(false);
      }
    });

    test('a connection that holds nothing is not refused', async () => {
      await fill();
      await fill(1);
      await peer.send('ECHO x\n', betBytes(1, 1));
      expect(peer.replies).toEqual(['ECHO x', 'ACK 1,1']);
    });

    test('a refused connection holds nothing any more', async () => {
      await fill();
      await fill(1);
      expect(bench.door.partialBytes.isOver()).toBe(false);
    });
  });
});

describe('after a closing refusal', () => {
  beforeEach(async () => {
    await peer.send(GARBAGE);
  });

  test('what comes is discarded for two seconds, then the connection is dropped', async () => {
    await peer.wait(LINGER_MS - 250);
    await peer.send(betBytes(1, 1));
    expect(peer.wire.isDestroyed).toBe(false);
    await peer.wait(250);
    expect(peer.wire.isDestroyed).toBe(true);
    expect(peer.replies).toHaveLength(1);
    expect(await bench.ledger.standing(1)).toMatchObject({ bets: 0 });
  });

  test('no more than a bound is discarded', () => {
    const chunk = Buffer.alloc(1024 * 1024);
    for (let sent = 0; sent < LINGER_BYTES; sent += chunk.length) peer.connection.receive(chunk);
    expect(peer.wire.isDestroyed).toBe(false);
    peer.connection.receive(Buffer.of(0));
    expect(peer.wire.isDestroyed).toBe(true);
  });
});

describe('shutDown', () => {
  test('ends an idle connection at once', () => {
    peer.connection.shutDown();
    expect(peer.wire.hasEnded).toBe(true);
  });

  test('ends a connection with an unfinished message at once', async () => {
    await peer.send(allButLast(betBytes(1, 1)));
    peer.connection.shutDown();
    expect(peer.wire.hasEnded).toBe(true);
  });

  test('ends a connection that waits for a WIN at once', async () => {
    await peer.send(encodeFin(1));
    peer.connection.shutDown();
    expect(peer.wire.hasEnded).toBe(true);
    await othersFinish();
    await settled();
    expect(peer.wire.mistakes).toEqual([]);
  });

  test('lets the storage answer first, and reads no more', async () => {
    holdLedger();
    await peer.send(betBytes(1, 1), encodeFin(1));
    peer.connection.shutDown();
    await peer.send(betBytes(1, 2));
    expect(peer.wire.hasEnded).toBe(false);
    expect(held.calls).toHaveLength(2);
    held.answerAll();
    await settled();
    expect(peer.replies).toEqual(['ACK 1,1']);
    expect(peer.wire.hasEnded).toBe(true);
  });

  test('a paused connection is answered what was read', async () => {
    holdLedger();
    await peer.send(
      ...Array.from({ length: MAX_UNANSWERED_MESSAGES + 1 }, (_, index) => betBytes(1, index + 1)),
    );
    peer.connection.shutDown();
    held.answerAll();
    await settled();
    expect(peer.replies).toHaveLength(MAX_UNANSWERED_MESSAGES);
    expect(peer.wire.hasEnded).toBe(true);
    expect(held.calls).toHaveLength(0);
  });

  test('changes nothing for one that is over', async () => {
    await peer.send(GARBAGE);
    peer.connection.shutDown();
    peer.wire.close(peer.connection);
    peer.connection.shutDown();
    expect(peer.wire.mistakes).toEqual([]);
  });
});

describe('closed', () => {
  test('answers that come later are dropped', async () => {
    holdLedger();
    await peer.send(betBytes(1, 1), encodeAsk(1), encodeFin(1), 'ECHO x\n');
    peer.wire.close(peer.connection);
    held.answerAll();
    await settled();
    expect(peer.wire.mistakes).toEqual([]);
  });

  test('refusals that come later are dropped', async () => {
    holdLedger();
    await peer.send(betBytes(1, 1), betBytes(1, 2));
    peer.wire.close(peer.connection);
    held.rejectAll();
    await settled();
    expect(peer.wire.mistakes).toEqual([]);
  });

  test('a WIN that comes later is dropped', async () => {
    await peer.send(encodeFin(1), 'ECHO x\n');
    peer.wire.close(peer.connection);
    await othersFinish();
    await settled();
    expect(peer.wire.mistakes).toEqual([]);
    expect(await isPending(bench.lottery.winners(1))).toBe(false);
  });

  test('what was ready but not written is dropped', async () => {
    peer.sendNow('ECHO x\n');
    peer.wire.close(peer.connection);
    await settled();
    expect(peer.wire.mistakes).toEqual([]);
    expect(peer.replies).toEqual([]);
  });
});
