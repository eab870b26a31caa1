import { FakeClock } from '../../program/testing/fake_clock';
import { RecordedLog } from '../../program/testing/recorded_log';
import { LOTTERY_OWNER, NewNote } from '../ledger/note';
import { MemoryLedger } from '../ledger/memory_ledger';
import { HeldLedger } from '../ledger/testing/held_ledger';
import { Ledger } from '../ledger/ledger';
import { Telemetry } from '../telemetry/telemetry';
import { Lottery } from './lottery';
import type { Notes } from './notes';

const TERMS = { agencies: 2, winnerNumber: 7_574 };

function notesOver(ledger: Ledger): Notes {
  const onBroken = (error: Error): void => {
    throw error;
  };
  const observer = new Telemetry(TERMS, ledger.openedWith);
  return new Lottery(ledger, TERMS, { clock: new FakeClock(), log: new RecordedLog(), observer, onBroken })
    .notes;
}

const note = (name: string, value = 'v'): NewNote => ({ name, value: Buffer.from(value), flags: 0 });

test.each([1, 2, LOTTERY_OWNER])('owner %i has notes of its own', async (owner) => {
  const notes = notesOver(new MemoryLedger(TERMS));
  expect(await notes.put(owner, [note('a'), note('b', '7')])).toMatchObject({ areNew: [true, true] });
  expect(await notes.count(owner, 'b', 5n, false)).toMatchObject({ number: 12n });
  expect(await notes.get(owner, 'b')).toMatchObject({ value: Buffer.from('12') });
  expect(await notes.list(owner, 'a', 10)).toMatchObject([{ name: 'b', bytes: 2 }]);
  expect(await notes.delete(owner, 'a', 'present')).toBe('deleted');
  expect(await notes.get((owner + 1) % 3, 'b')).toBeUndefined();
});

test.each([-1, 3, 1.5e15])('there is no owner %i, and its line says so', async (owner) => {
  const ledger = new MemoryLedger(TERMS);
  const notes = notesOver(ledger);
  const refused = { name: 'ProtocolError', code: 'unknown-agency' };
  await expect(notes.put(owner, [note('a')], undefined, 'id')).rejects.toMatchObject(refused);
  await expect(notes.put(owner, [note('a'), note('b')])).rejects.toMatchObject(refused);
  await expect(notes.get(owner, 'a')).rejects.toMatchObject(refused);
  await expect(notes.delete(owner, 'a')).rejects.toMatchObject(refused);
  await expect(notes.list(owner, '', 1)).rejects.toMatchObject(refused);
  await expect(notes.count(owner, 'a', 1n, true)).rejects.toMatchObject(refused);
  const uri = `/agencies/${owner}/notes`;
  expect(ledger.auditLines).toEqual([
    `PUT,${uri}/a,404,id`,
    `PUT,${uri},404,0`,
    `GET,${uri}/a,404,0`,
    `DELETE,${uri}/a,404,0`,
    `GET,${uri},404,0`,
    `PUT,${uri}/a,404,0`,
  ]);
});

test('while the storage fails, notes are unavailable', async () => {
  const ledger = new HeldLedger(TERMS);
  const notes = notesOver(ledger);
  const putting = notes.put(1, [note('a')]);
  expect(ledger.calls).toHaveLength(1);
  ledger.rejectAll();
  await expect(putting).rejects.toMatchObject({ name: 'ProtocolError', code: 'unavailable' });
});
