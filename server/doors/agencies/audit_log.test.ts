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
  await peer.send(
    encodeAsk(1),
    betBytes(1, 1),
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
  await bench.connect().send('BET00000004000100000007;2,x\n');
  expect(ledger.auditLines).toEqual(['PUT,/agencies/2/batches/7,422,0']);
});

test('has a line for a batch that is too large, and none for what cannot be read', async () => {
  const { bench, ledger } = openBench();
  const tooLarge = String(DOOR_SETTINGS.maxPayloadBytes + 1).padStart(8, '0');
  const [one, other] = [bench.connect(), bench.connect()];
  await one.send(`BET${tooLarge}000100000007`);
  await other.send('GET / HTTP/1.1\r\n');
  expect([one.replies, other.replies]).toEqual([['ERR 7,too-large'], ['ERR 0,bad-header']]);
  expect(ledger.auditLines).toEqual(['PUT,/agencies/-/batches/7,413,0']);
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
  await peer.send(BAD_BATCH, 'ECHO after\n');
  expect(peer.replies).toEqual([]);
  held.answerAll();
  await settled();
  expect(peer.replies).toEqual(['ERR 9,bad-batch', 'ECHO after']);
});

test('that cannot be written makes a refusal unavailable', async () => {
  const { bench, held } = openHeldBench();
  const peer = bench.connect();
  await peer.send(BAD_BATCH);
  held.rejectAll();
  await settled();
  expect(peer.replies).toEqual(['ERR 9,unavailable']);
  expect(peer.wire.hasEnded).toBe(true);
  expect(held.auditLines).toEqual([]);
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
