import { setTimeout as pause } from 'node:timers/promises';

import { describeWithPostgres, PostgresServer } from '../../../tests/support/postgres';
import { batchOf } from '../../testing/bets';
import type { DrawDeadline } from '../draw';
import type { LotteryTerms } from '../ledger';
import type { CloseSaleAnswer } from '../operation';
import { LedgerCalls } from '../testing/ledger_calls';
import { PostgresLedger, PostgresLedgerSettings } from './postgres_ledger';
import { Relay } from '../remote/testing/relay';
import { TestDatabase } from './testing/test_database';

const TERMS = { agencies: 3, winnerNumber: 7_574 } satisfies LotteryTerms;
const HOUR_MS = 3_600_000;
const CLOCK = 'floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint';
const ignore = (): void => undefined;

type Calls = LedgerCalls<PostgresLedger>;

const close = ({ ledger }: Calls): Promise<CloseSaleAnswer> =>
  ledger.submit({ kind: 'close-sale', whenMissing: 'draw' });

describeWithPostgres('the deadline of PostgresLedgers', () => {
  let server: PostgresServer;
  let database: TestDatabase;
  let opened: Calls[];
  beforeAll(async () => void (server = await PostgresServer.start()));
  afterAll(() => server.remove());
  beforeEach(async () => {
    database = await TestDatabase.create(server);
    opened = [];
  });
  afterEach(() => Promise.all(opened.map((ledger) => ledger.close())));

  const open = async (
    deadline: DrawDeadline | undefined,
    more: Partial<PostgresLedgerSettings> = {},
  ): Promise<Calls> => {
    const ledger = await PostgresLedger.open({
      url: database.url,
      terms: TERMS,
      deadline,
      maxBatchBytes: 1024 * 1024,
      onBroken: ignore,
      onTrouble: ignore,
      ...more,
    });
    const calls = new LedgerCalls(ledger, TERMS.winnerNumber);
    opened.push(calls);
    return calls;
  };
  const dueAtMs = async (): Promise<number | null> => {
    const [row] = await database.sql<{ due: string | null }>('SELECT due_at_ms AS due FROM lottery');
    return row!.due === null ? null : Number(row!.due);
  };
  const untilPassed = (atMs: number): Promise<void> =>
    database.untilFound(`SELECT WHERE ${CLOCK} >= ${atMs}`);

  test('who is missing is what the log says, however near to it the last FIN comes', async () => {
    const soon = { action: 'draw', atMs: Date.now() + HOUR_MS } as const;
    const [one, other] = [await open(soon), await open(soon)];
    const seen = new Set<string>();
    for (let round = 0; round < 160; round++) {
      await database.sql(`
        TRUNCATE audit, finished_agencies, draws;
        UPDATE lottery SET agencies_finished = 0, sale_closed = false, missing_agencies = NULL, is_called_off = NULL`);
      await Promise.all([one.finish(1), one.finish(2)]);
      // The last FIN comes from 5 ms before the deadline to 2 ms after it, or in the same moment as the close.
      const [row] = await database.sql<{ due: string }>(
        `UPDATE lottery SET due_at_ms = ${CLOCK} + 15 RETURNING due_at_ms AS due`,
      );
      const dueMs = Number(row!.due);
      const isTogether = round % 2 === 1;
      const finishAtMs = isTogether ? dueMs + 1 : dueMs - ((round / 2) % 15) / 2 + 2;
      const finished = pause(finishAtMs - Date.now()).then(() => one.finish(3));
      if (isTogether) await pause(finishAtMs - Date.now());
      let answer = await close(other);
      while (answer.outcome === 'not-due') answer = await close(other);
      await finished;
      const draw = await other.draw();
      const lines = await database.auditLines();
      const before = lines.slice(0, lines.indexOf('PUT,/draw,201,0'));
      const isMissing = !before.includes('PUT,/agencies/3/finish,200,0');
      expect({ round, missing: draw.missingAgencies }).toEqual({ round, missing: isMissing ? [3] : [] });
      expect(answer).toMatchObject({ terms: { missingAgencies: draw.missingAgencies } });
      seen.add(String(isMissing));
    }
    expect([...seen].sort()).toEqual(['false', 'true']);
  }, 60_000);

  describe('passes by the clock of the database', () => {
    test('before it the sale stays open, and a batch after it closes the sale', async () => {
      const atMs = Date.now() + 1_500;
      const ledger = await open({ action: 'draw', atMs });
      const clock = jest.spyOn(Date, 'now').mockReturnValue(atMs + HOUR_MS);
      const answer = await close(ledger);
      clock.mockRestore();
      expect(answer).toEqual({ outcome: 'not-due', dueInMs: expect.any(Number) as number });
      const dueInMs = 'dueInMs' in answer ? answer.dueInMs! : 0;
      expect(dueInMs).toBeGreaterThan(0);
      expect(dueInMs).toBeLessThanOrEqual(1_500);
      expect(await ledger.append(batchOf(1, 1))).toBe('stored');
      await untilPassed(atMs);
      jest.spyOn(Date, 'now').mockReturnValue(1);
      const outcomes = await Promise.all([
        ledger.append(batchOf(1, 1)),
        ledger.append(batchOf(1, 2)),
        ledger.append(batchOf(2, 1)),
      ]);
      jest.restoreAllMocks();
      expect(outcomes).toEqual(['already-stored', 'closed', 'closed']);
      expect(await database.auditLines()).toEqual([
        'PUT,/agencies/1/batches/1,201,0',
        'PUT,/agencies/1/batches/1,200,0',
        'PUT,/draw,201,0',
        'PUT,/agencies/1/batches/2,410,0',
        'PUT,/agencies/2/batches/1,410,0',
      ]);
      expect(await close(ledger)).toEqual({
        outcome: 'already-closed',
        terms: { missingAgencies: [1, 2, 3], isCalledOff: false },
      });
    });

    test('a batch that closes the sale closes it with the action that was agreed on', async () => {
      const ledger = await open({ action: 'call-off', atMs: Date.now() - 1 });
      await ledger.finish(2);
      expect(await ledger.append(batchOf(1, 1))).toBe('closed');
      expect(await close(ledger)).toEqual({
        outcome: 'already-closed',
        terms: { missingAgencies: [1, 3], isCalledOff: true },
      });
    });

    test('one that passed more than an hour ago is acted on only where that is said', async () => {
      const deadline = { action: 'draw', atMs: Date.now() + HOUR_MS } as const;
      const ledger = await open(deadline);
      await database.sql(`UPDATE lottery SET due_at_ms = ${CLOCK} - ${HOUR_MS + 1}`);
      expect(await ledger.append(batchOf(1, 1))).toBe('stored');
      const answer = await close(ledger);
      expect(answer).toEqual({ outcome: 'not-due', dueInMs: expect.any(Number) as number });
      expect('dueInMs' in answer && answer.dueInMs).toBeLessThan(-HOUR_MS);
      const acting = await open(deadline, { actsOnOverdue: true });
      expect(await acting.append(batchOf(1, 2))).toBe('closed');
      expect(await close(ledger)).toMatchObject({ outcome: 'already-closed' });
      expect(await database.auditLines()).toEqual([
        'PUT,/agencies/1/batches/1,201,0',
        'PUT,/draw,201,0',
        'PUT,/agencies/1/batches/2,410,0',
      ]);
    });

    test('one that passed less than an hour ago is acted on', async () => {
      const ledger = await open({ action: 'draw', atMs: Date.now() + HOUR_MS });
      await database.sql(`UPDATE lottery SET due_at_ms = ${CLOCK} - ${HOUR_MS - 10_000}`);
      expect(await ledger.append(batchOf(1, 1))).toBe('closed');
    });

    test('what is left until it is told by that clock, however wrong the clock of a server is', async () => {
      const realMs = Date.now.bind(Date);
      const { ledger } = await open(undefined);
      const clock = jest.spyOn(Date, 'now').mockImplementation(() => realMs() - HOUR_MS);
      try {
        ledger.watch(ignore);
        while (ledger.clockAheadMs === 0) await dueAtMs();
        expect(Math.round(ledger.clockAheadMs / HOUR_MS)).toBe(1);
      } finally {
        clock.mockRestore();
      }
    });

    test('all agencies have finished: it is waited for no longer', async () => {
      const ledger = await open({ action: 'draw', atMs: Date.now() + HOUR_MS });
      await Promise.all([1, 2, 3].map((agency) => ledger.finish(agency)));
      expect(await ledger.ledger.submit({ kind: 'close-sale', whenMissing: undefined })).toEqual({
        outcome: 'closed',
        terms: { missingAgencies: [], isCalledOff: false },
      });
    });

    test('one that counts from the first FIN does so from its time there, and keeps it', async () => {
      const deadline = { action: 'draw', afterFirstFinishMs: 1_000 } as const;
      let ledger = await open(deadline);
      expect(await close(ledger)).toEqual({ outcome: 'not-due', dueInMs: undefined });
      const beforeMs = Date.now();
      const clock = jest.spyOn(Date, 'now').mockReturnValue(1);
      const { firstFinishedAtMs } = await ledger.ledger.submit({ kind: 'finish', agency: 2 });
      clock.mockRestore();
      // The clock is the same: database and test run on one machine.
      expect(firstFinishedAtMs).toBeGreaterThanOrEqual(beforeMs);
      expect(await dueAtMs()).toBe(firstFinishedAtMs + 1_000);
      expect(await ledger.append(batchOf(1, 1))).toBe('stored');
      expect(await close(ledger)).toMatchObject({ outcome: 'not-due' });
      await ledger.finish(1);
      await ledger.close();
      ledger = await open(deadline);
      expect(await dueAtMs()).toBe(firstFinishedAtMs + 1_000);
      await untilPassed(firstFinishedAtMs + 1_000);
      expect(await ledger.append(batchOf(3, 1))).toBe('closed');
      expect((await database.auditLines()).slice(-2)).toEqual([
        'PUT,/draw,201,0',
        'PUT,/agencies/3/batches/1,410,0',
      ]);
    });
  });

  describe('is one for all servers', () => {
    const AT_MS = Date.parse('2100-01-01T00:00:00.000Z');
    const AT: DrawDeadline = { action: 'draw', atMs: AT_MS };
    const AT_IN_WORDS = 'DRAW_DEADLINE 2100-01-01T00:00:00.000Z and DRAW_DEADLINE_ACTION draw';

    test.each<[string, DrawDeadline | undefined, DrawDeadline | undefined, readonly [string, string]]>([
      [
        'another time',
        AT,
        { ...AT, atMs: AT_MS + 1_000 },
        [AT_IN_WORDS, 'DRAW_DEADLINE 2100-01-01T00:00:01.000Z and DRAW_DEADLINE_ACTION draw'],
      ],
      [
        'another action',
        AT,
        { ...AT, action: 'call-off' },
        [AT_IN_WORDS, 'DRAW_DEADLINE 2100-01-01T00:00:00.000Z and DRAW_DEADLINE_ACTION call-off'],
      ],
      [
        'another kind',
        AT,
        { action: 'draw', afterFirstFinishMs: 90_000 },
        [AT_IN_WORDS, 'DRAW_DEADLINE 90000ms and DRAW_DEADLINE_ACTION draw'],
      ],
      ['none', AT, undefined, [AT_IN_WORDS, 'no DRAW_DEADLINE']],
      ['one where there is none', undefined, AT, ['no DRAW_DEADLINE', AT_IN_WORDS]],
    ])('refuses %s, until the others have closed it', async (_, first, second, [kept, wanted]) => {
      const one = await open(first);
      const { firstFinishedAtMs } = await one.ledger.submit({ kind: 'finish', agency: 1 });
      const atMs = first !== undefined && 'atMs' in first ? first.atMs : null;
      for (let tries = 0; tries < 2; tries++) {
        await expect(open(second)).rejects.toMatchObject({
          name: 'ConfigurationError',
          message: `the servers over the database have ${kept}, configured is ${wanted}: take their settings, or stop them all to change it`,
        });
      }
      expect(await dueAtMs()).toBe(atMs);
      const same = await open(first);
      await one.close();
      await expect(open(second)).rejects.toMatchObject({ name: 'ConfigurationError' });
      await same.close();
      const next = await open(second);
      const due =
        second === undefined
          ? null
          : 'atMs' in second
            ? second.atMs
            : firstFinishedAtMs + second.afterFirstFinishMs;
      expect(await dueAtMs()).toBe(due);
      await expect(open(first)).rejects.toMatchObject({ name: 'ConfigurationError' });
      expect(await next.append(batchOf(2, 1))).toBe('stored');
    });

    test('any is taken once the sale is closed', async () => {
      const one = await open({ action: 'draw', atMs: Date.now() - 1 });
      expect(await close(one)).toMatchObject({ outcome: 'closed' });
      for (const deadline of [undefined, AT, { action: 'call-off', afterFirstFinishMs: 1 } as const]) {
        const other = await open(deadline);
        expect(await other.append(batchOf(1, 1))).toBe('closed');
      }
    });

    test('a server that finds another one when it connects again ends', async () => {
      let tell: (error: Error) => void = ignore;
      const broken = new Promise<Error>((resolve) => (tell = resolve));
      const relay = await Relay.start(database.url);
      const away = await open(AT, {
        url: relay.url(database.url),
        maxOutageMs: 60_000,
        onBroken: (error) => tell(error),
      });
      relay.turnTo('postgresql://127.0.0.1:1');
      await database.endConnections();
      await database.untilFound(
        `SELECT WHERE NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ShareLock')`,
      );
      const other = await open({ ...AT, atMs: AT_MS + 1_000 });
      const outcome = away.append(batchOf(1, 1)).catch((error: unknown) => error);
      relay.turnTo(database.url);
      expect((await broken).message).toBe(
        'the database: another server has changed DRAW_DEADLINE or DRAW_DEADLINE_ACTION',
      );
      expect(await outcome).toMatchObject({ name: 'LedgerUnavailable' });
      expect(await other.append(batchOf(1, 1))).toBe('stored');
      await relay.close();
    });

    test('a server that finds it unchanged when it connects again goes on, and still counts', async () => {
      const one = await open(AT);
      await database.endConnections();
      expect(await one.append(batchOf(1, 1))).toBe('stored');
      await expect(open(undefined)).rejects.toMatchObject({ name: 'ConfigurationError' });
    });
  });
});
