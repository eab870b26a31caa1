import fc from 'fast-check';

import { describeWithPostgres, PostgresServer } from '../../../tests/support/postgres';
import { batchOf } from '../../testing/bets';
import { COMPLETE, Ledger } from '../ledger';
import { MemoryLedger } from '../memory_ledger';
import { MODEL_TERMS } from '../testing/ledger_model';
import { PostgresLedger } from './postgres_ledger';
import { TestDatabase } from './testing/test_database';

/** A call that several ledgers can be given; what it has no use for means nothing. */
interface Call {
  readonly kind: 'append' | 'finish' | 'standing' | 'standings' | 'batchText' | 'drawState';
  readonly agency: number;
  readonly batchId: number;
  readonly content: number;
}

/** A call that was made, and when: a count of the calls that were made and answered before. */
interface MadeCall {
  readonly call: Call;
  readonly answer: unknown;
  readonly madeAt: number;
  readonly answeredAt: number;
}

const TURNS = 12;

const call: fc.Arbitrary<Call> = fc.record({
  kind: fc.oneof(
    { weight: 30, arbitrary: fc.constant('append' as const) },
    { weight: 1, arbitrary: fc.constant('finish' as const) },
    { weight: 6, arbitrary: fc.constantFrom('standing' as const, 'batchText' as const) },
    { weight: 3, arbitrary: fc.constantFrom('standings' as const, 'drawState' as const) },
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
  ledgers: readonly Ledger[],
  plans: readonly (readonly (readonly Call[])[])[],
): Promise<void> {
  const made = await playAll(ledgers, plans);
  const order = (await database.auditLines()).map((line) => line.split(',')[3] ?? '');
  // While the draw is due there is no line.
  const told = [...made].filter(([, { answer }]) => answer !== 'due').map(([requestId]) => requestId);
  expect([...order].sort()).toEqual(told.sort());
  await requireRightAnswers(order, made, await database.auditLines());
  requireTimesKept(order, made);
  const draws = await Promise.all(ledgers.map((ledger) => ledger.draw(COMPLETE)));
  expect(draws).toEqual(draws.map(() => draws[0]));
  const drawLines = (await database.auditLines()).filter((line) => line.startsWith('PUT,/draw,'));
  expect(drawLines).toEqual(['PUT,/draw,201,0']);
}

function open(database: TestDatabase): Promise<PostgresLedger> {
  return PostgresLedger.open({
    url: database.url,
    terms: MODEL_TERMS,
    maxBatchBytes: 1024 * 1024,
    onBroken: () => undefined,
    onTrouble: () => undefined,
  });
}

/** Gives each ledger its calls, turn by turn, all ledgers at once. @returns the calls by the ids of their requests */
async function playAll(
  ledgers: readonly Ledger[],
  plans: readonly (readonly (readonly Call[])[])[],
): Promise<Map<string, MadeCall>> {
  const made = new Map<string, MadeCall>();
  let time = 0;
  const play = async (ledger: Ledger, plan: readonly (readonly Call[])[], name: string): Promise<void> => {
    for (const [turn, calls] of plan.entries()) {
      await Promise.all(
        calls.map(async (given, index) => {
          const requestId = `${name}-${turn}-${index}`;
          const madeAt = time++;
          const answer = await make(ledger, given, requestId);
          made.set(requestId, { call: given, answer, madeAt, answeredAt: time++ });
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
  const model = new MemoryLedger(MODEL_TERMS);
  for (const requestId of order) {
    const { call: given, answer } = made.get(requestId)!;
    expect({ requestId, answer }).toEqual({ requestId, answer: await make(model, given, requestId) });
  }
  expect(lines).toEqual(model.auditLines);
}

/** What was answered before another call was made stands before it in the log. */
function requireTimesKept(order: readonly string[], made: ReadonlyMap<string, MadeCall>): void {
  let latestMade = -1;
  for (const requestId of order) {
    const { madeAt, answeredAt } = made.get(requestId)!;
    expect(answeredAt).toBeGreaterThan(latestMade);
    latestMade = Math.max(latestMade, madeAt);
  }
}

async function make(ledger: Ledger, given: Call, requestId: string): Promise<unknown> {
  const { kind, agency, batchId, content } = given;
  switch (kind) {
    case 'append':
      return ledger.append(batchOf(agency, batchId, [{ id: batchId * 10 + content }]), requestId);
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
  }
}
