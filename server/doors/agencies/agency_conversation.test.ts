import { encodeAsk } from '../../../protocol/ask';
import { encodeChk } from '../../../protocol/chk';
import { encodeFin } from '../../../protocol/fin';
import { payloadCheck } from '../../../protocol/payload_check';
import { MemoryLedger } from '../../ledger/memory_ledger';
import { HeldLedger } from '../../ledger/testing/held_ledger';
import { betBytes } from '../../testing/bets';
import { settled } from '../../testing/settled';
import { MAX_PARTIAL_BYTES } from '../stream/limits';
import { Bench, DOOR_SETTINGS, TERMS } from './testing/bench';

const BAD_BATCH = 'BET00000001000100000009;\n';
const GARBAGE = 'GET / HTTP/1.1\r\n';

let bench = new Bench();
let peer = bench.connect();
let held = new HeldLedger(TERMS);

beforeEach(() => {
  bench = new Bench();
  peer = bench.connect();
});

/** A bench whose ledger answers when it is told to. */
function holdLedger(): void {
  held = new HeldLedger(TERMS);
  bench = new Bench(held);
  peer = bench.connect();
}

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

  test('a CHK is answered with the check value of what is stored, up to where it asks, before a gap', async () => {
    const ledger = new MemoryLedger(TERMS);
    peer = new Bench(ledger).connect();
    const payload = (batchId: number): Buffer => betBytes(1, batchId).subarray(23, -1);
    const first = payloadCheck(payload(1));
    const both = payloadCheck(payload(2), first);
    await peer.send(encodeChk(1, 0), betBytes(1, 1), betBytes(1, 2), betBytes(1, 4), encodeChk(1, 0));
    await peer.send(encodeChk(1, 1), encodeChk(1, 2), encodeChk(1, 99_999_999), encodeChk(2, 1));
    expect(peer.replies.filter((reply) => reply.startsWith('CRC'))).toEqual([
      'CRC 0,0,0',
      `CRC 2,1,${both}`,
      `CRC 1,1,${first}`,
      `CRC 2,1,${both}`,
      `CRC 2,1,${both}`,
      'CRC 0,0,0',
    ]);
    expect(ledger.auditLines.filter((line) => line === 'GET,/agencies/1,200,0')).toHaveLength(5);
  });

  test('an ECHO is told at INFO, and one of a health check is not', async () => {
    const levels = (): string[] =>
      bench.log.records.flatMap(({ action, level }) => (action === 'receive_message' ? [level] : []));
    await peer.send('ECHO health\n', 'ECHO health 1\n', 'ECHO health 2\n');
    expect(levels()).toEqual(['debug']);
    await peer.send('ECHO healthy\n');
    expect(levels()).toEqual(['debug', 'info']);
    expect(bench.log.of('receive_message')).toContain(
      'action: receive_message | result: success | bytes: 13',
    );
    expect(peer.replies).toEqual(['ECHO health', 'ECHO health 1', 'ECHO health 2', 'ECHO healthy']);
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

  test('a closing refusal waits for the answers before it, and nothing after it is read', async () => {
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
    ['an agency that is unknown, in a CHK', encodeChk(0, 1), 'ERR 0,unknown-agency'],
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

  test('a new batch after a FIN is closed, a known one is acknowledged', async () => {
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
  test.each(closing)('%s closes the connection after the refusal', async (_, bytes, reply) => {
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

  test('an answer that comes after a closing refusal is not sent', async () => {
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

  test.each([
    ['a batch of another agency', betBytes(9, 1), 'unknown-agency', 'operation: BET | agency: 9 | batch: 1'],
    ['a bad batch', betBytes(2, 1, [{ number: 'x' }]), 'bad-batch', 'operation: BET | agency: 2 | '],
    [
      'a batch that begins with a document',
      'BET00000010000100000001;31204458,\n',
      'bad-batch',
      'operation: BET | batch: 1',
    ],
    ['a FIN of another agency', encodeFin(9), 'unknown-agency', 'operation: FIN | agency: 9 | '],
    ['an ASK of another agency', encodeAsk(9), 'unknown-agency', 'operation: ASK | agency: 9 | '],
    ['no message', 'Ana Paz\n', 'bad-header', 'batch: 0 | '],
  ])('of %s says what was asked for', async (_, bytes, code, asked) => {
    await peer.send(bytes);
    const [told] = bench.log.of('refuse_message', 'fail');
    expect(told).toContain(`action: refuse_message | result: fail | code: ${code} | door: tcp | ${asked}`);
    expect(told).not.toMatch(/Ana|Paz|31204458/);
  });
});

describe('unfinished messages', () => {
  test('that need more memory than there is are unavailable', async () => {
    const size = String(DOOR_SETTINGS.maxPayloadBytes).padStart(8, '0');
    const partial = `BET${size}000100000001;${'x'.repeat(DOOR_SETTINGS.maxPayloadBytes - 1)}`;
    const peers = Array.from({ length: Math.floor(MAX_PARTIAL_BYTES / partial.length) }, () =>
      bench.connect(),
    );
    for (const one of peers) await one.send(partial);
    await peer.send(partial);
    expect(peers.flatMap(({ replies }) => replies)).toEqual([]);
    expect(peer.replies).toEqual(['ERR 0,unavailable']);
    expect(peer.wire.hasEnded).toBe(true);
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
    expect(await bench.lottery.standing(1)).toMatchObject({ bets: 1 });
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

  test('one that asks again may send again', async () => {
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

describe('who is connected is counted', () => {
  const connections = (): number[] =>
    [1, 2, 3].map((agency) => bench.telemetry.presences.of(agency).connections);

  test('for the agency that a connection has last spoken for, until it is gone', async () => {
    await peer.send('ECHO hello\n');
    expect(connections()).toEqual([0, 0, 0]);
    await peer.send(encodeAsk(1));
    const other = bench.connect();
    await other.send(betBytes(1, 1));
    expect(connections()).toEqual([2, 0, 0]);
    await peer.send(betBytes(2, 1));
    expect(connections()).toEqual([1, 1, 0]);
    await peer.send(encodeFin(2));
    other.connection.closed();
    expect(connections()).toEqual([0, 1, 0]);
    peer.connection.closed();
    expect(connections()).toEqual([0, 0, 0]);
  });

  test('not for an agency that there is none of', async () => {
    await peer.send(encodeAsk(9), betBytes(9, 1));
    expect(bench.telemetry.agencies.size).toBe(0);
  });

  test('and each is heard of when it asks, sells or finishes', async () => {
    await peer.send(encodeAsk(1), betBytes(2, 1), encodeFin(3));
    for (const agency of [1, 2, 3]) {
      expect(bench.telemetry.agencies.get(agency)?.heardAtMs).toBeGreaterThan(0);
    }
  });
});
