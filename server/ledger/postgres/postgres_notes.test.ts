import { describeWithPostgres, PostgresServer } from '../../../tests/support/postgres';
import { batchOf } from '../../testing/bets';
import type { PlacedNote } from '../audit_reader';
import { LedgerCalls } from '../testing/ledger_calls';
import { PostgresAuditReader } from './audit_reader';
import { PostgresLedger } from './postgres_ledger';
import { Relay } from '../remote/testing/relay';
import { TestDatabase } from './testing/test_database';

const WINNER_NUMBER = 7_574;
const UNAVAILABLE = { name: 'LedgerUnavailable' };
const ignore = (): void => undefined;

describeWithPostgres('notes in PostgreSQL', () => {
  let server: PostgresServer;
  let database: TestDatabase;
  let ledger: LedgerCalls;
  beforeAll(async () => void (server = await PostgresServer.start()));
  afterAll(() => server.remove());
  beforeEach(async () => void (database = await TestDatabase.create(server)));
  afterEach(() => ledger.close());

  const open = async (url = database.url): Promise<LedgerCalls> =>
    new LedgerCalls(
      await PostgresLedger.open({
        url,
        terms: { agencies: 3, winnerNumber: WINNER_NUMBER },
        maxBatchBytes: 1024 * 1024,
        maxOutageMs: 60_000,
        onBroken: ignore,
        onTrouble: ignore,
      }),
      WINNER_NUMBER,
    );

  describe('with several servers', () => {
    let other: LedgerCalls;
    beforeEach(async () => {
      ledger = await open();
      other = await open();
    });
    afterEach(() => other.close());

    test.each([0, 1])('of owner %i are counted once for each call', async (owner) => {
      const counts = Array.from({ length: 200 }, (_, index) =>
        (index % 2 === 0 ? ledger : other).countNote(owner, 'id', 1n),
      );
      // Each server sends its own in one group; these come while groups are under way.
      await counts[0];
      counts.push(...[ledger, other, ledger].map((one) => one.countNote(owner, 'id', 1n)));
      const answers = await Promise.all(counts);
      const numbers = answers.map((answer) => ('number' in answer ? Number(answer.number) : 0));
      expect(numbers.sort((one, two) => one - two)).toEqual(counts.map((_, index) => index + 1));
      expect(await other.noteText(owner, 'id')).toBe(String(counts.length));
    });

    test('are written and removed for all of them', async () => {
      await ledger.putNotes(1, { a: '1', b: '2' });
      const read = await other.getNote(1, 'a');
      expect(read?.value.toString()).toBe('1');
      expect(await other.putNotes(1, { a: '3' }, read!.place)).toMatchObject({ outcome: 'stored' });
      expect(await ledger.putNotes(1, { a: '4' }, read!.place)).toEqual({ outcome: 'not-met' });
      expect(await ledger.deleteNote(1, 'b')).toBe('deleted');
      expect(await other.deleteNote(1, 'b')).toBe('missing');
      expect(await other.listNotes(1)).toEqual(await ledger.listNotes(1));
    });

    test('are new to one server only, of two that write them if there are none', async () => {
      const answers = await Promise.all(
        [ledger, other].map((one) => one.putNotes(2, { n: '', m: '' }, 'absent')),
      );
      expect(answers.map(({ outcome }) => outcome).sort()).toEqual(['not-met', 'stored']);
    });
  });

  test('when the answers are lost, what was written is answered, and what was read is not', async () => {
    const relay = await Relay.start(database.url);
    ledger = await open(relay.url(database.url));
    await ledger.putNotes(1, { old: '1', gone: '2' });
    relay.holdAnswers();
    const answers = Promise.allSettled([
      ledger.putNotes(1, { old: '3', new: '4', more: '5' }, undefined, 'put'),
      ledger.getNote(1, 'old', 'get'),
      ledger.getNote(1, 'none', 'none'),
      ledger.listNotes(1, '', 10, 'list'),
      ledger.countNote(2, 'id', 18446744073709551615n, true, 'count'),
      ledger.deleteNote(1, 'gone', 'present', 'delete'),
      ledger.append(batchOf(1, 1), 'place'),
      ledger.putNotes(1, { old: '6' }, 'absent', 'not-met'),
      ledger.standing(1, 'standing'),
    ]);
    await database.untilFound('SELECT FROM writers WHERE group_number = 2');
    const lines = await database.auditLines();
    relay.cutClients();
    const found = await answers;
    const lost = { status: 'rejected', reason: UNAVAILABLE };
    const answered = (value: unknown): unknown => ({ status: 'fulfilled', value });
    expect(found).toMatchObject([
      answered({ outcome: 'stored', areNew: [false, true, true] }),
      lost,
      answered(undefined),
      lost,
      answered({ outcome: 'stored', number: 18446744073709551615n, isNew: true }),
      answered('deleted'),
      answered('stored'),
      answered({ outcome: 'not-met' }),
      answered({ batches: 1 }),
    ]);
    expect(lines.map((line) => line.split(',')[3])).toEqual(
      ['0', '0', 'put', 'put', 'put', 'get', 'none', 'list', 'count', 'delete', 'place', 'not-met'].concat(
        'standing',
      ),
    );
    const read = await ledger.getNote(1, 'old');
    expect(found[0]).toMatchObject({ value: { place: read!.place } });
    expect((await database.auditLines()).slice(0, -1)).toEqual(lines);
    await relay.close();
  });

  test('that are large are all read, in their order, though not in one group', async () => {
    ledger = await open();
    const names = ['a', 'b', 'c', 'd'];
    for (const name of names) await ledger.putNotes(1, { [name]: Buffer.alloc(1024 * 1024, name) });
    const listing = ledger.listNotes(1);
    const reads = [...names, ...names].map((name) => ledger.noteText(1, name));
    const [list, ...values] = await Promise.all([listing, ...reads]);
    expect(list).toHaveLength(names.length);
    expect(values.map((value) => value?.at(-1)).join('')).toBe('abcdabcd');
    expect((await database.auditLines()).filter((line) => line.startsWith('GET'))).toEqual([
      'GET,/agencies/1/notes,200,0',
      ...[...names, ...names].map((name) => `GET,/agencies/1/notes/${name},200,0`),
    ]);
  });

  test('leave sums that fit them', async () => {
    ledger = await open();
    await ledger.putNotes(1, { a: 'long', bb: '' });
    await Promise.all([
      ledger.putNotes(1, { a: '', ccc: '123' }),
      ledger.countNote(1, 'ccc', 900n),
      ledger.countNote(1, 'new', 5n),
      ledger.deleteNote(1, 'bb'),
      ledger.putNotes(2, { n: '1' }, 'present'),
    ]);
    expect(await database.sql('SELECT owner, notes, bytes FROM note_sums')).toEqual(
      await database.sql(`SELECT owner, count(*)::integer AS notes,
        sum(octet_length(name) + octet_length(value)) AS bytes FROM notes GROUP BY owner`),
    );
  });

  test('are in the snapshot for the audit, with the group that has written them last', async () => {
    ledger = await open();
    await ledger.putNotes(1, { a: '', b: '' });
    await ledger.putNotes(0, { c: '' });
    await ledger.countNote(1, 'd', 1n);
    await ledger.putNotes(1, { b: '2' });
    const reader = await PostgresAuditReader.open({ url: database.url }, new AbortController().signal);
    const notes: PlacedNote[] = [];
    for await (const note of (await reader.snapshot()).notes()) notes.push(note);
    await reader.close();
    notes.sort((one, two) => (one.name < two.name ? -1 : 1));
    expect(notes).toEqual([
      { owner: 1, name: 'a', segment: 1 },
      { owner: 1, name: 'b', segment: 4 },
      { owner: 0, name: 'c', segment: 2 },
      { owner: 1, name: 'd', segment: 3 },
    ]);
  });
});
