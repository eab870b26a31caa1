import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { encodeAsk } from '../../../protocol/ask';
import { encodeFin } from '../../../protocol/fin';
import { HeldLedger } from '../../ledger/testing/held_ledger';
import { betBytes } from '../../testing/bets';
import { isPending, settled } from '../../testing/settled';
import { MAX_WAITING_WINS } from './limits';
import { Bench, TERMS } from './testing/bench';

const WINNING = [{ number: TERMS.winnerNumber, document: '21689196' }];
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

describe('WIN', () => {
  test('comes when the draw has run, after later replies', async () => {
    await peer.send(betBytes(1, 1, WINNING), encodeFin(1), 'ECHO after the FIN\n');
    expect(peer.replies).toEqual(['ACK 1,1', 'ECHO after the FIN']);
    await othersFinish();
    await settled();
    expect(peer.replies).toEqual(['ACK 1,1', 'ECHO after the FIN', 'WIN 21689196']);
    expect(peer.wire.hasEnded).toBe(false);
  });

  test('comes at once after the draw, on any connection', async () => {
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

  test('comes as often as the FIN after the draw, however often that is', async () => {
    await othersFinish();
    await peer.send(encodeFin(1));
    await peer.send(...Array.from({ length: MAX_WAITING_WINS + 5 }, () => encodeFin(1)));
    expect(peer.replies).toHaveLength(1 + MAX_WAITING_WINS + 5);
  });

  test('is not owed for FINs that are refused', async () => {
    await peer.send(...Array.from({ length: MAX_WAITING_WINS }, () => encodeFin(4)));
    await peer.send(encodeFin(4));
    expect(peer.replies).toEqual(Array.from({ length: MAX_WAITING_WINS + 1 }, () => 'ERR 0,unknown-agency'));
    expect(peer.wire.hasEnded).toBe(false);
  });

  test('of a draw that was called off is a refusal, which leaves the connection open', async () => {
    const calledOff = { winners: new Map(), bets: 0, missingAgencies: [2, 3], isCalledOff: true };
    held = new HeldLedger(TERMS, { draw: { ...calledOff, winnerNumber: undefined } });
    bench = new Bench(held);
    peer = bench.connect();
    await peer.send(encodeFin(1));
    await held.answerOn();
    expect(peer.replies).toEqual(['ERR 0,closed']);
    expect(peer.wire.hasEnded).toBe(false);
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
    for (const agency of [2, 3]) void bench.lottery.finish(agency);
    await held.answerOn();
    expect(peer.replies).toEqual(['WIN']);
    expect(peer.wire.hasEnded).toBe(true);
  });

  test('is not sent after a refusal that closes', async () => {
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

describe('shutDown', () => {
  test('ends a connection that waits for a WIN at once', async () => {
    await peer.send(encodeFin(1));
    peer.connection.shutDown();
    expect(peer.wire.hasEnded).toBe(true);
    await othersFinish();
    await settled();
    expect(peer.wire.mistakes).toEqual([]);
  });

  test('lets a WIN that is being found be sent', async () => {
    holdLedger();
    held.holdsReads = true;
    await peer.send(encodeFin(1), encodeFin(2), encodeFin(3));
    while (!bench.lottery.hasDrawn) {
      held.answerAll();
      await settled();
    }
    peer.connection.shutDown();
    expect(peer.wire.hasEnded).toBe(false);
    await held.answerOn();
    expect(peer.replies).toEqual(['WIN', 'WIN', 'WIN']);
    expect(peer.wire.hasEnded).toBe(true);
  });

  test('is silent about WINs that nobody has begun to find', async () => {
    await peer.send(encodeFin(1), 'ECHO x\n');
    peer.connection.shutDown();
    await settled();
    expect(peer.replies).toEqual(['ECHO x']);
    expect(bench.log.of('refuse_message')).toEqual([]);
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

  test('a WIN that comes later is dropped', async () => {
    await peer.send(encodeFin(1), 'ECHO x\n');
    peer.wire.close(peer.connection);
    await othersFinish();
    await settled();
    expect(peer.wire.mistakes).toEqual([]);
    expect(await isPending(bench.lottery.winnersNow(1))).toBe(false);
  });
});
