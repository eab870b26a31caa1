/** Several ledgers on one store, played at once: the audit log must be an order in which each answer is right. */
import fc from 'fast-check';

import { batchOf } from '../../../testing/bets';
import { AgencyTakenOver } from '../../ledger';
import { MemoryLedger } from '../../memory_ledger';
import { LedgerCalls } from '../../testing/ledger_calls';
import { MODEL_TERMS } from '../../testing/ledger_model';

const NOTE_KINDS = ['putNote', 'putNewNote', 'getNote', 'deleteNote', 'listNotes', 'countNote'] as const;

/** A call on a ledger; fields that its kind does not use mean nothing. `ask` is that of R22. */
export interface Call {
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
/** What one ledger is given, turn by turn. */
export const turns = fc.array(fc.array(call, { minLength: 1, maxLength: 8 }), {
  minLength: TURNS,
  maxLength: TURNS,
});

/** Ledgers on one store. */
export interface LedgersTogether {
  /** Opened with {@link MODEL_TERMS}. */
  readonly ledgers: readonly LedgerCalls[];
  readonly auditLines: () => Promise<string[]>;
}

/**
 * Gives each ledger its plan, all at once, and checks the audit log and the answers against each other, and the draw.
 *
 * @param plans one for each ledger
 */
export async function playTogether(
  { ledgers, auditLines }: LedgersTogether,
  plans: readonly (readonly (readonly Call[])[])[],
): Promise<void> {
  const made = await playAll(ledgers, plans);
  const order = (await auditLines()).map((line) => line.split(',')[3] ?? '');
  // While the draw is due there is no line, and none of a batch that is barred.
  const told = [...made].filter(([, { answer }]) => answer !== 'due' && answer !== TAKEN_OVER);
  expect([...order].sort()).toEqual(told.map(([requestId]) => requestId).sort());
  await requireRightAnswers(order, made, await auditLines());
  requireBarredRightly(order, made);
  requireTimesKept(order, made);
  const draws = await Promise.all(ledgers.map((ledger) => ledger.draw()));
  expect(draws).toEqual(draws.map(() => draws[0]));
  const drawLines = (await auditLines()).filter((line) => line.startsWith('PUT,/draw,'));
  expect(drawLines).toEqual(['PUT,/draw,201,0']);
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
