import fc from 'fast-check';

import { describeWithPostgres, PostgresServer } from '../../../tests/support/postgres';
import { batchOf } from '../../testing/bets';
import { AgencyTakenOver } from '../ledger';
import { MemoryLedger } from '../memory_ledger';
import { LedgerCalls } from '../testing/ledger_calls';
import { MODEL_TERMS } from '../testing/ledger_model';
import { MAX_KNOWN_ASKS } from './database_constants';
import { PostgresLedger } from './postgres_ledger';
import { TestDatabase } from './testing/test_database';

const NOTE_KINDS = ['putNote', 'putNewNote', 'getNote', 'deleteNote', 'listNotes', 'countNote'] as const;

/** A call on a ledger; fields that its kind does not use mean nothing. `ask` is that of R22. */
interface Call {
  readonly kind:
    | 'append'
    | 'ask'
    | 'finish'
    | 'standing'
    | 'standings'
    | 'batchText'
    | 'drawState'
    | (typeof NOTE_KINDS)[number];
  readonly agency: number;
  readonly batchId: number;
  readonly content: number;
}

/** A call that was made, and when: its place in the order of all calls' starts and answers. */
interface MadeCall {
  readonly call: Call;
  /** The request id of the ASK that it is, or that it follows. */
  readonly ask: string | undefined;
  readonly answer: unknown;
  readonly madeAt: number;
  readonly answeredAt: number;
}

const TURNS = 12;
/** The answer to a batch whose agency was taken over. */
const TAKEN_OVER = 'taken over';

const call: fc.Arbitrary<Call> = fc.record({
  kind: fc.oneof(
    { weight: 30, arbitrary: fc.constant('append' as const) },
    { weight: 1, arbitrary: fc.constant('finish' as const) },
    { weight: 3, arbitrary: fc.constant('ask' as const) },
    { weight: 6, arbitrary: fc.constantFrom('standing' as const, 'batchText' as const) },
    { weight: 3, arbitrary: fc.constantFrom('standings' as const, 'drawState' as const) },
    { weight: 15, arbitrary: fc.constantFrom(...NOTE_KINDS) },
  ),
  agency: fc.integer({ min: 1, max: MODEL_TERMS.agencies }),
  batchId: fc.integer({ min: 1, max: 12 }),
  content: fc.integer({ min: 1, max: 2 }),
});
const turns = fc.array(fc.array(call, { minLength: 1, maxLength: 8 }), {
  minLength: TURNS,
  maxLength: TURNS,
});

describeWithPostgres('several PostgresLedgers on one database', () => {
  let server: PostgresServer;
  beforeAll(async () => void (server = await PostgresServer.start()));
  afterAll(() => server.remove());

  test('are one ledger: the audit log is an order in which each answer is right', async () => {
    await fc.assert(fc.asyncProperty(turns, turns, turns, areOneLedger), { numRuns: 15 });
  }, 120_000);

  describe('taking over (R22)', () => {
    const ask = (ledger: LedgerCalls, number: number): Promise<unknown> =>
      ledger.standing(1, undefined, number);
    const send = (ledger: LedgerCalls, batchId: number, number: number): Promise<unknown> =>
      ledger.append(batchOf(1, batchId), undefined, number);
    const BARRED = { name: 'AgencyTakenOver' };
    let ledgers: readonly [LedgerCalls, LedgerCalls];
    let database: TestDatabase;

    beforeEach(async () => {
      database = await TestDatabase.create(server);
      ledgers = [await open(database), await open(database)];
    });
    afterEach(() => Promise.all(ledgers.map((ledger) => ledger.close())));

    test('holds over all servers, whatever their numbers of the ASKs are', async () => {
      const [one, other] = ledgers;
      await ask(one, 9);
      await ask(other, 1);
      expect(await send(one, 1, 9)).toBe('stored');
      expect(await send(other, 2, 1)).toBe('stored');
      await expect(send(one, 3, 9)).rejects.toMatchObject(BARRED);
      await ask(one, 10);
      expect(await send(one, 3, 10)).toBe('stored');
      await expect(send(other, 4, 1)).rejects.toMatchObject(BARRED);
      expect(await database.batches()).toEqual([1, 2, 3].map((batchId) => [1, batchId]));
    });

    test('a batch that a dead server has left under way comes too late', async () => {
      const [dead, other] = ledgers;
      await ask(dead, 1);
      await ask(other, 1);
      const endHold = await database.holdGroups();
      const taking = send(other, 1, 1);
      await database.untilGroupWaits();
      const late = send(dead, 2, 1).then(
        () => 'stored',
        (error: unknown) => (error instanceof Error ? error.name : error),
      );
      await endHold();
      expect(await taking).toBe('stored');
      expect(await late).toBe(BARRED.name);
      expect(await database.batches()).toEqual([[1, 1]]);
    });

    test('however many only ask, the connection that sends may go on sending', async () => {
      const [one, other] = ledgers;
      await ask(other, 1);
      expect(await send(other, 1, 1)).toBe('stored');
      for (let round = 0; round < 2; round++) {
        const numbers = Array.from({ length: MAX_KNOWN_ASKS + 6 }, (_, index) => 100 * round + index + 1);
        await Promise.all(numbers.map((number) => ask(one, number)));
        expect(await send(other, 2 + round, 1)).toBe('stored');
      }
      const rows = await database.sql<{ known: number }>('SELECT count(*)::integer AS known FROM asks');
      expect(rows).toEqual([{ known: MAX_KNOWN_ASKS + 1 }]);
      expect(await send(one, 4, 170)).toBe('stored');
      await expect(send(other, 5, 1)).rejects.toMatchObject(BARRED);
    });

    test('a bounded number of ASKs is known, and a connection whose ASK is older asks again', async () => {
      const [one, other] = ledgers;
      await ask(other, 1);
      await Promise.all(Array.from({ length: MAX_KNOWN_ASKS }, (_, index) => ask(one, index + 1)));
      await expect(send(other, 1, 1)).rejects.toMatchObject(BARRED);
      expect(await send(one, 1, 1)).toBe('stored');
      const rows = await database.sql<{ known: string }>('SELECT count(*) AS known FROM asks');
      expect(rows).toEqual([{ known: String(MAX_KNOWN_ASKS) }]);
      await one.close();
      expect(await database.sql('SELECT FROM asks')).toEqual([]);
    });
  });

  async function areOneLedger(...plans: readonly [Call[][], Call[][], Call[][]]): Promise<void> {
    const database = await TestDatabase.create(server);
    const ledgers = await Promise.all(plans.map(() => open(database)));
    try {
      await playAndCheck(database, ledgers, plans);
    } finally {
      await Promise.all(ledgers.map((ledger) => ledger.close()));
    }
  }
});

async function playAndCheck(
  database: TestDatabase,
  ledgers: readonly LedgerCalls[],
  plans: readonly (readonly (readonly Call[])[])[],
): Promise<void> {
  const made = await playAll(ledgers, plans);
  const order = (await database.auditLines()).map((line) => line.split(',')[3] ?? '');
  // While the draw is due there is no line, and none of a batch that is barred.
  const told = [...made].filter(([, { answer }]) => answer !== 'due' && answer !== TAKEN_OVER);
  expect([...order].sort()).toEqual(told.map(([requestId]) => requestId).sort());
  await requireRightAnswers(order, made, await database.auditLines());
  requireBarredRightly(order, made);
  requireTimesKept(order, made);
  const draws = await Promise.all(ledgers.map((ledger) => ledger.draw()));
  expect(draws).toEqual(draws.map(() => draws[0]));
  const drawLines = (await database.auditLines()).filter((line) => line.startsWith('PUT,/draw,'));
  expect(drawLines).toEqual(['PUT,/draw,201,0']);
}

async function open(database: TestDatabase): Promise<LedgerCalls> {
  const ledger = await PostgresLedger.open({
    url: database.url,
    terms: MODEL_TERMS,
    maxBatchBytes: 1024 * 1024,
    onBroken: () => undefined,
    onTrouble: () => undefined,
  });
  return new LedgerCalls(ledger, MODEL_TERMS.winnerNumber);
}

/**
 * Gives each ledger its calls, turn by turn, all ledgers at once. Each has one connection.
 *
 * @returns the calls by the ids of their requests
 */
async function playAll(
  ledgers: readonly LedgerCalls[],
  plans: readonly (readonly (readonly Call[])[])[],
): Promise<Map<string, MadeCall>> {
  const made = new Map<string, MadeCall>();
  let time = 0;
  const play = async (
    ledger: LedgerCalls,
    plan: readonly (readonly Call[])[],
    name: string,
  ): Promise<void> => {
    const asks = new Map<number, { readonly requestId: string; readonly number: number }>();
    for (const [turn, calls] of plan.entries()) {
      await Promise.all(
        calls.map(async (given, index) => {
          const requestId = `${name}-${turn}-${index}`;
          const madeAt = time++;
          if (given.kind === 'ask') asks.set(given.agency, { requestId, number: madeAt + 1 });
          const ask = given.kind === 'ask' || given.kind === 'append' ? asks.get(given.agency) : undefined;
          const answer = await make(ledger, given, requestId, ask?.number);
          made.set(requestId, { call: given, ask: ask?.requestId, answer, madeAt, answeredAt: time++ });
        }),
      );
    }
  };
  await Promise.all(ledgers.map((ledger, index) => play(ledger, plans[index]!, String(index))));
  return made;
}

/** Carries the calls out one by one in the order of the log: the answers must be those that were given. */
async function requireRightAnswers(
  order: readonly string[],
  made: ReadonlyMap<string, MadeCall>,
  lines: readonly string[],
): Promise<void> {
  const memory = new MemoryLedger(MODEL_TERMS);
  const model = new LedgerCalls(memory, MODEL_TERMS.winnerNumber);
  for (const requestId of order) {
    const { call: given, ask, answer } = made.get(requestId)!;
    const place = ask === undefined ? undefined : order.indexOf(ask) + 1;
    expect({ requestId, answer }).toEqual({ requestId, answer: await make(model, given, requestId, place) });
  }
  expect(lines).toEqual(memory.auditLines);
}

/** Before a batch that was barred, another one came that followed a later ASK for its agency. */
function requireBarredRightly(order: readonly string[], made: ReadonlyMap<string, MadeCall>): void {
  const placeOf = ({ ask }: MadeCall): number => (ask === undefined ? -1 : order.indexOf(ask));
  const calls = [...made.values()];
  for (const barred of calls.filter(({ answer }) => answer === TAKEN_OVER)) {
    const isBarring = (other: MadeCall): boolean =>
      other.call.kind === 'append' &&
      other.answer !== TAKEN_OVER &&
      other.call.agency === barred.call.agency &&
      placeOf(other) > placeOf(barred) &&
      other.madeAt < barred.answeredAt;
    expect(calls.some(isBarring)).toBe(true);
  }
}

/** A call that was answered before another one was made precedes it in the log. */
function requireTimesKept(order: readonly string[], made: ReadonlyMap<string, MadeCall>): void {
  let latestMade = -1;
  for (const requestId of order) {
    const { madeAt, answeredAt } = made.get(requestId)!;
    expect(answeredAt).toBeGreaterThan(latestMade);
    latestMade = Math.max(latestMade, madeAt);
  }
}

async function make(
  ledger: LedgerCalls,
  given: Call,
  requestId: string,
  ask: number | undefined,
): Promise<unknown> {
  const { kind, agency, batchId, content } = given;
  // The lottery's notes are among them.
  const [owner, name] = [agency - 1, `n${content}`];
  switch (kind) {
    case 'append':
      return ledger
        .append(batchOf(agency, batchId, [{ id: batchId * 10 + content }]), requestId, ask)
        .catch((error: unknown) => {
          if (error instanceof AgencyTakenOver) return TAKEN_OVER;
          throw error;
        });
    case 'ask':
      return ledger.standing(agency, requestId, ask);
    case 'finish':
      return ledger.finish(agency, requestId);
    case 'standing':
      return ledger.standing(agency, requestId);
    case 'standings':
      return ledger.standings(0, MODEL_TERMS.agencies, requestId);
    case 'batchText':
      return (await ledger.batchText(agency, batchId, requestId))?.toString();
    case 'drawState':
      return ledger.drawState(agency, requestId);
    case 'putNote':
    case 'putNewNote': {
      const condition = kind === 'putNote' ? undefined : 'absent';
      const put = await ledger.putNotes(owner, { [name]: String(batchId) }, condition, requestId);
      return put.outcome === 'stored' ? put.areNew : put.outcome;
    }
    case 'getNote':
      return (await ledger.getNote(owner, name, requestId))?.value.toString();
    case 'deleteNote':
      return ledger.deleteNote(owner, name, 'present', requestId);
    case 'listNotes':
      return (await ledger.listNotes(owner, '', 10, requestId)).map((note) => [note.name, note.bytes]);
    case 'countNote': {
      const counted = await ledger.countNote(owner, name, BigInt(batchId), true, requestId);
      return counted.outcome === 'stored' ? [String(counted.number), counted.isNew] : counted.outcome;
    }
  }
}
