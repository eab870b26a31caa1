/** Notes, when the storage is slow, or fails, or holds more than this server takes. */
import { MemoryLedger } from '../../../ledger/memory_ledger';
import { HeldLedger } from '../../../ledger/testing/held_ledger';
import { settled } from '../../../testing/settled';
import { Answer, closeDoors, OpenDoor, TERMS } from '../testing/open_door';
import { until } from '../testing/until';

afterEach(closeDoors);

const NOTE = '/agencies/1/notes/a';
const PAYLOAD_BYTES = 100_000;

function put(door: OpenDoor, body: string | Buffer, path = NOTE): Promise<Answer> {
  return door.ask('PUT', path, { body });
}

describe('the storage', () => {
  test('does not keep up: nothing is written, and all is read', async () => {
    const ledger = new HeldLedger(TERMS);
    ledger.queuedBytes = 6 * 1024 * 1024;
    const door = await OpenDoor.open({ ledger, limits: { storageTimeoutMs: 1 } });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    for (const [method, path] of [
      ['PUT', NOTE],
      ['DELETE', NOTE],
      ['POST', `${NOTE}/increment`],
      ['POST', '/notes'],
    ] as const) {
      const answer = await door.ask(method, path, { headers, body: 'a=1' });
      expect(answer).toMatchObject({ status: 503, json: { code: 'unavailable' } });
    }
    expect((await door.ask('GET', '/notes')).status).toBe(200);
    expect(ledger.calls).toEqual([]);
    expect(ledger.auditLines).toEqual(['GET,/notes,200,0']);
  });

  test('fails: notes are unavailable, without a line', async () => {
    const ledger = new HeldLedger(TERMS);
    ledger.holdsReads = true;
    const door = await OpenDoor.open({ ledger });
    const asking = [
      put(door, 'x'),
      door.ask('GET', NOTE),
      door.ask('DELETE', NOTE),
      door.ask('GET', '/notes'),
    ];
    await until(() => ledger.calls.length === asking.length);
    ledger.rejectAll();
    for (const answer of await Promise.all(asking)) {
      expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    }
    expect(ledger.auditLines).toEqual([]);
  });

  test('has copied a value when it is submitted', async () => {
    const ledger = new HeldLedger(TERMS);
    const door = await OpenDoor.open({ ledger, limits: { maxBodiesBytes: 0 } });
    const putting = Array.from({ length: 100 }, (_, index) =>
      put(door, Buffer.alloc(PAYLOAD_BYTES, index), `/agencies/1/notes/n${index}`),
    );
    await until(() => ledger.calls.length === putting.length);
    ledger.answerAll();
    for (const { status } of await Promise.all(putting)) expect(status).toBe(201);
  });

  test('is asked for no more notes at once than there is memory for, and then for the others', async () => {
    const ledger = new HeldLedger(TERMS);
    ledger.holdsReads = true;
    const door = await OpenDoor.open({ ledger, limits: { maxAnswersBytes: 0 } });
    const reads = Array.from({ length: 60 }, () => door.ask('GET', NOTE));
    await until(() => door.telemetry.connections('http') === reads.length);
    for (let round = 0; round < 20; round++) await settled();
    // Two of the longest bodies have the memory of the answers; half of it is for notes.
    expect(ledger.calls).toHaveLength(Math.floor((2 * PAYLOAD_BYTES + 1024 * 1024) / PAYLOAD_BYTES));
    let isOver = false;
    const all = Promise.all(reads).finally(() => (isOver = true));
    await until(async () => {
      await ledger.answerOn();
      return isOver;
    });
    for (const { status } of await all) expect(status).toBe(404);
  });
});

test('the answer to a note that is larger than this server takes is sent', async () => {
  const ledger = new MemoryLedger(TERMS);
  const value = Buffer.alloc(PAYLOAD_BYTES);
  await ledger.submit({ kind: 'put-notes', owner: 1, notes: [{ name: 'a', value, flags: 7 }] });
  const door = await OpenDoor.open({ ledger, settings: { maxPayloadBytes: 1 } });
  expect((await door.ask('GET', NOTE)).text).toHaveLength(PAYLOAD_BYTES);
});
