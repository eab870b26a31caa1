/** Random histories of a ledger, to hold one engine against another. */
import fc from 'fast-check';

import { batchOf } from '../../testing/bets';
import type { DeadlineAction } from '../draw';
import type { Ledger, LotteryTerms } from '../ledger';
import { MemoryLedger } from '../memory_ledger';
import { LOTTERY_OWNER } from '../note';
import { LedgerCalls } from './ledger_calls';
import { makeNoteCall, NoteCall, noteCall } from './note_calls';
import type { LedgerEngine } from './ledger_engine';

const SEED = process.env['FC_SEED'];
if (SEED !== undefined) {
  if (!/^-?[0-9]+$/.test(SEED)) throw new Error(`FC_SEED is a whole number, not ${JSON.stringify(SEED)}`);
  fc.configureGlobal({ seed: Number(SEED) });
}

/** The lottery of the random histories. */
export const MODEL_TERMS = { agencies: 3, winnerNumber: 74 } satisfies LotteryTerms;

/** One call on a ledger. A batch comes on a connection, which may have asked where the agency stands (R22). */
type Call =
  | {
      readonly kind: 'append';
      readonly agency: number;
      readonly batchId: number;
      readonly content: number;
      readonly connection: number;
    }
  | { readonly kind: 'ask'; readonly agency: number; readonly connection: number }
  | { readonly kind: 'finish' | 'standing'; readonly agency: number }
  | { readonly kind: 'batchText'; readonly agency: number; readonly batchId: number }
  | { readonly kind: 'batchChecks'; readonly agency: number; readonly after: number }
  | { readonly kind: 'standings' | 'drawState' }
  | { readonly kind: 'draw'; readonly whenMissing: DeadlineAction }
  | NoteCall;

/** A piece of a ledger's history: calls made in one turn of the event loop, or a restart. */
export type Step = readonly Call[] | 'restart';

const agency = fc.integer({ min: 1, max: MODEL_TERMS.agencies });
const connection = fc.integer({ min: 1, max: 3 });
const call: fc.Arbitrary<Call> = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      agency,
      batchId: fc.integer({ min: 1, max: 5 }),
      content: fc.integer({ min: 0, max: 2 }),
      connection,
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('ask' as const), agency, connection }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('finish' as const), agency }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('standing' as const), agency }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('standings' as const) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('batchText' as const),
      agency,
      batchId: fc.integer({ min: 1, max: 5 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('batchChecks' as const),
      agency,
      after: fc.integer({ min: 0, max: 4 }),
    }),
  },
  { weight: 20, arbitrary: noteCall(MODEL_TERMS.agencies) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('draw' as const),
      whenMissing: fc.constantFrom('draw' as const, 'call-off' as const),
    }),
  },
);

/** A ledger's history. */
export const histories: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.array(call, { minLength: 1, maxLength: 12 }) },
    { weight: 1, arbitrary: fc.constant('restart' as const) },
  ),
  { minLength: 1, maxLength: 8 },
);

/** Plays a history on an engine and on the ledger in memory: every answer must be the same, and every line of the log. */
export async function expectSameAsInMemory(
  engine: Required<LedgerEngine>,
  steps: readonly Step[],
): Promise<void> {
  const memory = new MemoryLedger(MODEL_TERMS);
  const model = callsOf(memory);
  const asks = new Asks();
  let ledger = callsOf(await engine.open(MODEL_TERMS));
  for (const step of [...steps, 'restart' as const]) {
    if (step === 'restart') {
      await ledger.close();
      asks.forget();
      ledger = callsOf(await engine.reopen(MODEL_TERMS));
    } else {
      const calls = step.map((made): NumberedCall => [made, asks.numberOf(made)]);
      expect(await takeTurn(ledger, calls)).toEqual(await takeTurn(model, calls));
    }
    expect(ledger.queuedBytes).toBe(0);
  }
  expect(await lastAnswers(ledger)).toEqual(await lastAnswers(model));
  expect(await engine.auditLines()).toEqual(memory.auditLines);
  await ledger.close();
}

function callsOf(ledger: Ledger): LedgerCalls {
  return new LedgerCalls(ledger, MODEL_TERMS.winnerNumber);
}

/** A call, and the number of the ASK that it is or comes after. */
type NumberedCall = readonly [made: Call, ask?: number | undefined];

/** Which ASK each connection has sent last for each agency. */
class Asks {
  readonly #numbers = new Map<string, number>();
  #asks = 0;

  numberOf(made: Call): number | undefined {
    if (made.kind !== 'append' && made.kind !== 'ask') return undefined;
    const name = `${made.connection} ${made.agency}`;
    if (made.kind === 'ask') this.#numbers.set(name, ++this.#asks);
    return this.#numbers.get(name);
  }

  /** The connections have ended. */
  forget(): void {
    this.#numbers.clear();
  }
}

/** Makes all calls of a turn at once and waits for their answers, or what is said of those that are barred. */
function takeTurn(ledger: LedgerCalls, calls: readonly NumberedCall[]): Promise<readonly unknown[]> {
  return Promise.all(
    calls.map(([made, ask]) => make(ledger, made, ask).catch((error: unknown) => String(error))),
  );
}

/** Everything that can be asked of a ledger in the end; it is drawn. */
async function lastAnswers(ledger: LedgerCalls): Promise<readonly unknown[]> {
  const ids = Array.from({ length: MODEL_TERMS.agencies }, (_, index) => index + 1);
  const answers = await takeTurn(ledger, [
    ...ids.map((id): NumberedCall => [{ kind: 'standing', agency: id }]),
    ...[LOTTERY_OWNER, ...ids].map((owner): NumberedCall => [{ kind: 'listNotes', owner, after: '' }]),
    [{ kind: 'draw', whenMissing: 'draw' }],
    ...ids.map((id): NumberedCall => [{ kind: 'finish', agency: id }]),
  ]);
  return [...answers, ...(await takeTurn(ledger, [[{ kind: 'drawState' }]]))];
}

function make(ledger: LedgerCalls, made: Call, ask: number | undefined): Promise<unknown> {
  switch (made.kind) {
    case 'append':
      return ledger.append(
        batchOf(made.agency, made.batchId, contents(made.batchId, made.content)),
        undefined,
        ask,
      );
    case 'ask':
      return ledger.standing(made.agency, undefined, ask);
    case 'finish':
      return ledger.finish(made.agency);
    case 'standing':
      return ledger.standing(made.agency);
    case 'batchText':
      return ledger.batchText(made.agency, made.batchId, 'text');
    case 'batchChecks':
      return ledger.batchChecks(made.agency, made.after, 3);
    case 'standings':
      return ledger.standings(0, MODEL_TERMS.agencies);
    case 'drawState':
      return ledger.drawState(1);
    case 'draw':
      return ledger.draw(made.whenMissing);
    default:
      return makeNoteCall(ledger, made);
  }
}

/** One to three bets, some of which win; each content of a batch id is another one. */
function contents(batchId: number, content: number): { id: number; document: string; number: number }[] {
  return Array.from({ length: content + 1 }, (_, index) => ({
    id: batchId * 10 + index,
    document: `${batchId}${content}${index}`,
    number: index === content ? MODEL_TERMS.winnerNumber : batchId,
  }));
}
