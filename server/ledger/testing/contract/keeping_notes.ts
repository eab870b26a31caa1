/** What the contract says of notes. */
import { LOTTERY_OWNER, MAX_NOTES, MAX_NOTES_BYTES } from '../../note';
import type { ContractRig } from './contract_rig';

/** An owner has room for so many values of this length, and not for one more. */
const LARGE_VALUE_BYTES = 8 * 1024 * 1024;

/** Declares these tests. */
export function keepingNotes(rig: ContractRig): void {
  describe('notes', () => {
    test('are there as they were written last, until they are removed', async () => {
      expect(await rig.ledger.getNote(1, 'cursor')).toBeUndefined();
      expect(await rig.ledger.putNotes(1, { cursor: 'first' })).toMatchObject({
        outcome: 'stored',
        areNew: [true],
      });
      expect(await rig.ledger.noteText(1, 'cursor')).toBe('first');
      expect(await rig.ledger.putNotes(1, { cursor: '' })).toMatchObject({ areNew: [false] });
      expect(await rig.ledger.noteText(1, 'cursor')).toBe('');
      expect(await rig.ledger.deleteNote(1, 'cursor')).toBe('deleted');
      expect(await rig.ledger.deleteNote(1, 'cursor')).toBe('missing');
      expect(await rig.ledger.getNote(1, 'cursor')).toBeUndefined();
    });

    test('hold any bytes, and flags', async () => {
      const value = Buffer.from(Array.from({ length: 512 }, (_, index) => index % 256));
      const note = { name: '._~:-', value: Buffer.from(value), flags: 0xffff_ffff };
      const stored = rig.ledger.ledger.submit({ kind: 'put-notes', owner: 3, notes: [note] });
      note.value.fill(0);
      await stored;
      expect(await rig.ledger.getNote(3, '._~:-')).toMatchObject({ value, flags: 0xffff_ffff });
    });

    test('belong to an agency, or to the lottery', async () => {
      await Promise.all([0, 1, 2].map((owner) => rig.ledger.putNotes(owner, { name: `of ${owner}` })));
      await rig.ledger.deleteNote(1, 'name');
      expect(await rig.ledger.noteText(LOTTERY_OWNER, 'name')).toBe('of 0');
      expect(await rig.ledger.noteText(1, 'name')).toBeUndefined();
      expect(await rig.ledger.noteText(2, 'name')).toBe('of 2');
      expect(await rig.ledger.noteText(3, 'name')).toBeUndefined();
    });

    test('of one call are written all, or none', async () => {
      await rig.ledger.putNotes(1, { b: 'old' });
      expect(await rig.ledger.putNotes(1, { a: '1', b: '2', c: '3' })).toMatchObject({
        outcome: 'stored',
        areNew: [true, false, true],
      });
      expect(await rig.ledger.putNotes(1, { d: '4', a: '5' }, 'absent')).toEqual({ outcome: 'not-met' });
      expect(await rig.ledger.noteText(1, 'd')).toBeUndefined();
      expect(await rig.ledger.noteText(1, 'a')).toBe('1');
    });

    test('of calls in one turn are seen by those behind them', async () => {
      const answers = await Promise.all([
        rig.ledger.noteText(1, 'x'),
        rig.ledger.putNotes(1, { x: '1' }),
        rig.ledger.noteText(1, 'x'),
        rig.append(1, 1),
        rig.ledger.putNotes(1, { x: '2' }),
        rig.ledger.noteText(1, 'x'),
        rig.ledger.deleteNote(1, 'x'),
        rig.ledger.noteText(1, 'x'),
        rig.ledger.countNote(1, 'x', 3n),
        rig.ledger.noteText(1, 'x'),
      ]);
      expect(answers).toMatchObject([
        undefined,
        { areNew: [true] },
        '1',
        'stored',
        { areNew: [false] },
        '2',
        'deleted',
        undefined,
        { number: 3n, isNew: true },
        '3',
      ]);
    });

    test('can be written and removed only as they were read', async () => {
      expect(await rig.ledger.putNotes(1, { n: '1' }, 'present')).toEqual({ outcome: 'not-met' });
      expect(await rig.ledger.putNotes(1, { n: '1' }, 'absent')).toMatchObject({ outcome: 'stored' });
      const first = await rig.ledger.getNote(1, 'n');
      expect(await rig.ledger.putNotes(1, { n: '2' }, 'absent')).toEqual({ outcome: 'not-met' });
      const second = await rig.ledger.putNotes(1, { n: '2' }, first!.place);
      expect(second.outcome).toBe('stored');
      expect(await rig.ledger.putNotes(1, { n: '3' }, first!.place)).toEqual({ outcome: 'not-met' });
      expect(await rig.ledger.deleteNote(1, 'n', first!.place)).toBe('not-met');
      expect(await rig.ledger.deleteNote(1, 'm', 'present')).toBe('not-met');
      const far = { sequence: Number.MAX_SAFE_INTEGER, position: Number.MAX_SAFE_INTEGER };
      expect(await rig.ledger.putNotes(1, { n: '3' }, far)).toEqual({ outcome: 'not-met' });
      expect(await rig.ledger.deleteNote(1, 'n', far)).toBe('not-met');
      const read = await rig.ledger.getNote(1, 'n');
      expect(second).toMatchObject({ place: read!.place });
      expect(await rig.ledger.deleteNote(1, 'n', read!.place)).toBe('deleted');
      // The same value once more is another one.
      await rig.ledger.putNotes(1, { n: '2' });
      expect(await rig.ledger.putNotes(1, { n: '4' }, read!.place)).toEqual({ outcome: 'not-met' });
    });

    test('written in one turn under one name have different places', async () => {
      const answers = await Promise.all(['1', '2', '3'].map((value) => rig.ledger.putNotes(1, { n: value })));
      const places = answers.map((answer) => ('place' in answer ? JSON.stringify(answer.place) : ''));
      expect(new Set(places).size).toBe(3);
    });

    test('are listed by their names, in pages', async () => {
      await rig.ledger.putNotes(2, { b: '22', Z: '', '~': '4444', a1: '333' });
      await rig.ledger.putNotes(1, { other: '' });
      const namesOf = async (after: string, limit: number): Promise<unknown> =>
        (await rig.ledger.listNotes(2, after, limit)).map(({ name, bytes }) => [name, bytes]);
      expect(await namesOf('', 10)).toEqual([
        ['Z', 0],
        ['a1', 3],
        ['b', 2],
        ['~', 4],
      ]);
      expect(await namesOf('Z', 2)).toEqual([
        ['a1', 3],
        ['b', 2],
      ]);
      expect(await namesOf('a', 1)).toEqual([['a1', 3]]);
      expect(await namesOf('~', 10)).toEqual([]);
      const [listed] = await rig.ledger.listNotes(2, 'b', 1);
      expect(listed!.place).toEqual((await rig.ledger.getNote(2, '~'))!.place);
    });

    test('count, once for each call', async () => {
      const counted = await Promise.all(Array.from({ length: 20 }, () => rig.ledger.countNote(1, 'id', 1n)));
      const numbers = counted.map((answer) => ('number' in answer ? Number(answer.number) : undefined));
      expect(numbers).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
      expect(await rig.ledger.noteText(1, 'id')).toBe('20');
      expect(await rig.ledger.countNote(1, 'id', -30n)).toMatchObject({ number: 0n, isNew: false });
      expect(await rig.ledger.countNote(1, 'none', 1n, false)).toEqual({ outcome: 'missing' });
      await rig.ledger.putNotes(1, { id: '18446744073709551614', word: 'ten', long: '1'.repeat(21) });
      expect(await rig.ledger.countNote(1, 'id', 1n)).toMatchObject({ number: 18446744073709551615n });
      expect(await rig.ledger.countNote(1, 'id', 1n)).toEqual({ outcome: 'no-number' });
      expect(await rig.ledger.countNote(1, 'word', 1n)).toEqual({ outcome: 'no-number' });
      expect(await rig.ledger.countNote(1, 'long', 1n)).toEqual({ outcome: 'no-number' });
      expect(await rig.ledger.noteText(1, 'id')).toBe('18446744073709551615');
    });

    test('are bounded in number', async () => {
      const values = Object.fromEntries(
        Array.from({ length: MAX_NOTES }, (_, index) => [`n${index}`, String(index)]),
      );
      expect(await rig.ledger.putNotes(1, values)).toMatchObject({ outcome: 'stored' });
      expect(await rig.ledger.putNotes(1, { more: '' })).toEqual({ outcome: 'full' });
      expect(await rig.ledger.putNotes(1, { n1: 'again', more: '' })).toEqual({ outcome: 'full' });
      expect(await rig.ledger.countNote(1, 'more', 1n)).toEqual({ outcome: 'full' });
      expect(await rig.ledger.noteText(1, 'n1')).toBe('1');
      expect(await rig.ledger.putNotes(1, { n1: 'again' })).toMatchObject({ outcome: 'stored' });
      expect(await rig.ledger.putNotes(2, { more: '' })).toMatchObject({ outcome: 'stored' });
      await rig.ledger.deleteNote(1, 'n2');
      expect(await rig.ledger.putNotes(1, { more: '' })).toMatchObject({ outcome: 'stored' });
      expect(await rig.ledger.listNotes(1)).toHaveLength(MAX_NOTES);
    });

    test('are bounded in bytes, those of their names too', async () => {
      const value = Buffer.alloc(LARGE_VALUE_BYTES, 'v');
      const count = MAX_NOTES_BYTES / LARGE_VALUE_BYTES;
      for (let index = 1; index < count; index++) {
        expect((await rig.ledger.putNotes(1, { [`n${index}`]: value })).outcome).toBe('stored');
      }
      expect(await rig.ledger.putNotes(1, { last: value })).toEqual({ outcome: 'full' });
      const rest = value.subarray(2 * (count - 1) + 'last'.length);
      expect((await rig.ledger.putNotes(1, { last: rest })).outcome).toBe('stored');
      expect(await rig.ledger.putNotes(1, { m: '' })).toEqual({ outcome: 'full' });
      await rig.ledger.deleteNote(1, 'n1');
      expect((await rig.ledger.putNotes(1, { m: value.subarray(0, LARGE_VALUE_BYTES + 1) })).outcome).toBe(
        'stored',
      );
      expect((await rig.ledger.getNote(1, 'last'))?.value.equals(rest)).toBe(true);
    });

    test('can be written when the sale is over, and change nothing of the draw', async () => {
      await rig.append(1, 1, [{ document: '1', number: 7_574 }]);
      await rig.ledger.putNotes(1, { n: '1,7574' });
      const draw = await rig.ledger.draw();
      expect([...draw.winners]).toEqual([[1, '1']]);
      expect(await rig.ledger.putNotes(1, { n: '2' })).toMatchObject({ outcome: 'stored' });
      expect(await rig.ledger.noteText(1, 'n')).toBe('2');
    });

    test('have a line in the audit log for each call, and for each of several notes', async () => {
      await Promise.all([
        rig.ledger.putNotes(1, { cursor: 'x' }, undefined, '7'),
        rig.ledger.putNotes(1, { cursor: 'y', second: 'z' }, undefined, '8'),
        rig.ledger.putNotes(0, { notice: 'z' }),
        rig.ledger.putNotes(1, { cursor: '', third: '' }, 'absent', '9'),
        rig.ledger.getNote(1, 'cursor', '10'),
        rig.ledger.getNote(0, 'none'),
        rig.ledger.listNotes(1, '', 10, '11'),
        rig.ledger.countNote(2, 'id', 1n, true, '12'),
        rig.ledger.countNote(2, 'id', 1n),
        rig.ledger.countNote(1, 'cursor', 1n),
        rig.ledger.countNote(1, 'none', 1n, false),
        rig.ledger.deleteNote(1, 'cursor', 'absent'),
        rig.ledger.deleteNote(1, 'cursor', undefined, '13'),
        rig.ledger.deleteNote(1, 'cursor'),
      ]);
      expect(await rig.engine.auditLines()).toEqual([
        'PUT,/agencies/1/notes/cursor,201,7',
        'PUT,/agencies/1/notes/cursor,200,8',
        'PUT,/agencies/1/notes/second,201,8',
        'PUT,/notes/notice,201,0',
        'PUT,/agencies/1/notes/cursor,412,9',
        'PUT,/agencies/1/notes/third,412,9',
        'GET,/agencies/1/notes/cursor,200,10',
        'GET,/notes/none,404,0',
        'GET,/agencies/1/notes,200,11',
        'PUT,/agencies/2/notes/id,201,12',
        'PUT,/agencies/2/notes/id,200,0',
        'PUT,/agencies/1/notes/cursor,409,0',
        'PUT,/agencies/1/notes/none,404,0',
        'DELETE,/agencies/1/notes/cursor,412,0',
        'DELETE,/agencies/1/notes/cursor,200,13',
        'DELETE,/agencies/1/notes/cursor,404,0',
      ]);
    });
  });
}
