import { encodeAsk } from '../../../protocol/ask';
import { encodeFin } from '../../../protocol/fin';
import { HeldLedger } from '../../ledger/testing/held_ledger';
import { MemoryLedger } from '../../ledger/memory_ledger';
import { betBytes } from '../../testing/bets';
import { settled } from '../../testing/settled';
import { Bench, DOOR_SETTINGS, TERMS } from './testing/bench';

const BAD_BATCH = 'BET00000001000100000009;\n';
const UNKNOWN_AGENCY = TERMS.agencies + 1;
/** WINs that the lottery asks the ledger for together. */
const ASKED_TOGETHER = 4_096;

/** A bench over a ledger whose audit log can be looked at. */
function openBench(): { bench: Bench; ledger: MemoryLedger } {
  const ledger = new MemoryLedger(TERMS);
  return { bench: new Bench(ledger), ledger };
}

/** A bench over a ledger that answers when it is told to, notes too. */
function openHeldBench(): { bench: Bench; held: HeldLedger } {
  const held = new HeldLedger(TERMS);
  held.holdsReads = true;
  return { bench: new Bench(held), held };
}

test('has a line for each message that is answered, in their order (R26)', async () => {
  const { bench, ledger } = openBench();
  const peer = bench.connect();
  await peer.send(encodeAsk(1), betBytes(1, 1));
  await peer.send(
    betBytes(1, 1),
    betBytes(1, 1, [{ id: 2 }]),
    BAD_BATCH,
    betBytes(UNKNOWN_AGENCY, 3),
    encodeAsk(UNKNOWN_AGENCY),
    encodeFin(UNKNOWN_AGENCY),
    'ECHO hello\n',
    encodeFin(1),
    betBytes(1, 2),
  );
  expect(ledger.auditLines).toEqual([
    'GET,/agencies/1,200,0',
    'PUT,/agencies/1/batches/1,201,0',
    'PUT,/agencies/1/batches/1,200,0',
    'PUT,/agencies/1/batches/1,409,0',
    'PUT,/agencies/-/batches/9,422,0',
    'PUT,/agencies/4/batches/3,404,0',
    'GET,/agencies/4,404,0',
    'PUT,/agencies/4/finish,404,0',
    'PUT,/agencies/1/finish,200,0',
    'PUT,/agencies/1/batches/2,410,0',
  ]);
});

test('names the agency of a bad batch where it can be told', async () => {
  const { bench, ledger } = openBench();
  const peer = bench.connect();
  await peer.send(betBytes(1, 1));
  await peer.send('BET00000004000100000007;2,x\n');
  expect(ledger.auditLines.slice(1)).toEqual(['PUT,/agencies/2/batches/7,422,0']);
});

test('has a line for a batch that is too large, and none for what cannot be read', async () => {
  const { bench, ledger } = openBench();
  const tooLarge = String(DOOR_SETTINGS.maxPayloadBytes + 1).padStart(8, '0');
  const [one, other] = [bench.connect(), bench.connect()];
  await one.send(betBytes(1, 1));
  await one.send(`BET${tooLarge}000100000007`);
  await other.send('GET / HTTP/1.1\r\n');
  expect([one.replies, other.replies]).toEqual([['ACK 1,1', 'ERR 7,too-large'], ['ERR 0,bad-header']]);
  expect(ledger.auditLines.slice(1)).toEqual(['PUT,/agencies/-/batches/7,413,0']);
});

describe('of those who have placed no bet here', () => {
  /** Refused, whatever the ledger holds. */
  const REFUSED = [
    BAD_BATCH,
    betBytes(UNKNOWN_AGENCY, 3),
    encodeAsk(UNKNOWN_AGENCY),
    encodeFin(UNKNOWN_AGENCY),
  ];

  test('counts the refusals: a line a second for each status', async () => {
    const { bench, ledger } = openBench();
    for (let count = 0; count < 100; count++) await bench.connect().send(...REFUSED);
    expect(ledger.auditLines).toEqual([]);
    bench.clock.advance(1_000);
    expect(ledger.auditLines).toEqual(['REFUSED,*,404,300', 'REFUSED,*,422,100']);
    await bench.connect().send(BAD_BATCH);
    bench.clock.advance(999);
    expect(ledger.auditLines).toHaveLength(2);
    bench.clock.advance(1);
    expect(ledger.auditLines.at(-1)).toBe('REFUSED,*,422,1');
    bench.clock.advance(5_000);
    expect(ledger.auditLines).toHaveLength(3);
  });

  test('answers them also while the storage fails, and keeps the count until it works', async () => {
    const { bench, held } = openHeldBench();
    const peer = bench.connect();
    await peer.send(...REFUSED);
    expect(peer.replies).toHaveLength(4);
    bench.clock.advance(1_000);
    held.rejectAll();
    await settled();
    bench.clock.advance(1_000);
    held.answerAll();
    await settled();
    expect(held.auditLines).toEqual(['REFUSED,*,404,3', 'REFUSED,*,422,1']);
  });

  test('the end of the lottery writes what was counted', async () => {
    const { bench, ledger } = openBench();
    await bench.connect().send(BAD_BATCH);
    bench.lottery.close();
    await settled();
    expect(ledger.auditLines).toEqual(['REFUSED,*,422,1']);
  });
});

test.each([
  ['of those who have placed a bet', BAD_BATCH, 'PUT,/agencies/-/batches/9,422,0', 422],
  ['for ids that are taken', betBytes(1, 1, [{ id: 2 }]), 'PUT,/agencies/1/batches/1,409,0', 409],
])('of many refusals %s only so many have a line', async (_, message, line, status) => {
  const { bench, ledger } = openBench();
  const peer = bench.connect();
  await peer.send(betBytes(1, 1));
  for (let count = 0; count < 50; count++) await peer.send(...Array<string | Buffer>(50).fill(message));
  bench.clock.advance(1_000);
  const lines = ledger.auditLines.slice(1, -1);
  expect(new Set(lines)).toEqual(new Set([line]));
  expect(lines.length).toBeGreaterThanOrEqual(1_000);
  expect(lines.length).toBeLessThanOrEqual(1_050);
  expect(ledger.auditLines.at(-1)).toBe(`REFUSED,*,${status},${2_500 - lines.length}`);
  // Ten more a second.
  for (let count = 0; count < 20; count++) await peer.send(message);
  expect(ledger.auditLines.slice(lines.length + 2)).toEqual(Array(10).fill(line));
});

test('has a line for each WIN', async () => {
  const { bench, ledger } = openBench();
  const [one, other] = [bench.connect(), bench.connect()];
  await one.send(encodeFin(1), encodeFin(1));
  await other.send(encodeFin(2), encodeFin(3), encodeFin(1));
  expect(one.replies).toEqual(['WIN', 'WIN']);
  const wins = ledger.auditLines.filter((line) => line.startsWith('GET,'));
  expect(wins.toSorted()).toEqual([
    'GET,/agencies/1/winners,200,0',
    'GET,/agencies/1/winners,200,0',
    'GET,/agencies/1/winners,200,0',
    'GET,/agencies/2/winners,200,0',
    'GET,/agencies/3/winners,200,0',
  ]);
  expect(ledger.auditLines.indexOf('PUT,/draw,201,0')).toBe(5);
});

test('knows of a refusal before its sender does', async () => {
  const { bench, held } = openHeldBench();
  const peer = bench.connect();
  await peer.send(betBytes(1, 1));
  held.answerAll();
  await settled();
  await peer.send(BAD_BATCH, 'ECHO after\n');
  expect(peer.replies).toEqual(['ACK 1,1']);
  held.answerAll();
  await settled();
  expect(peer.replies).toEqual(['ACK 1,1', 'ERR 9,bad-batch', 'ECHO after']);
});

test('that cannot be written makes a refusal unavailable', async () => {
  const { bench, held } = openHeldBench();
  const peer = bench.connect();
  await peer.send(betBytes(1, 1));
  held.answerAll();
  await settled();
  await peer.send(BAD_BATCH);
  held.rejectAll();
  await settled();
  expect(peer.replies).toEqual(['ACK 1,1', 'ERR 9,unavailable']);
  expect(peer.wire.hasEnded).toBe(true);
  expect(held.auditLines).toHaveLength(1);
});

test('a WIN whose line cannot be written is unavailable', async () => {
  const { bench, held } = openHeldBench();
  const peer = bench.connect();
  await peer.send(encodeFin(1), encodeFin(2), encodeFin(3));
  while (!bench.lottery.hasDrawn) {
    held.answerAll();
    await settled();
  }
  held.rejectAll();
  await settled();
  expect(peer.replies).toEqual(['ERR 0,unavailable']);
});

test('so many WINs pass through the ledger at once, and no more', async () => {
  const { bench, held } = openHeldBench();
  const peers = Array.from({ length: ASKED_TOGETHER + 10 }, () => bench.connect());
  for (const peer of peers) peer.sendNow(encodeFin(1));
  await settled();
  void bench.lottery.finish(2);
  void bench.lottery.finish(3);
  while (!bench.lottery.hasDrawn) {
    held.answerAll();
    await settled();
  }
  expect(held.calls).toHaveLength(ASKED_TOGETHER);
  held.answerAll();
  await settled();
  expect(held.calls).toHaveLength(10);
  held.answerAll();
  await settled();
  expect(peers.every(({ replies }) => replies.join() === 'WIN')).toBe(true);
});
