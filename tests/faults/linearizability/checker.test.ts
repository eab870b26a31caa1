/** The checker, fed with histories that were made up: those that can be explained, and those that cannot. */
import fc from 'fast-check';

// Takes FC_SEED from the environment.
import '../../../protocol/testing/arbitraries';
import { readEntry } from '../../../tools/audit/audit_entry';
import { flawOf, History } from './checker';
import { Model } from './model';
import { Answer, Operation, Request, uriOf } from './operation';

const TERMS = { agencies: 1, winnerNumber: 7574 };
const BATCH: Request = { kind: 'put-batch', agency: 1, batchId: 1, text: betOf(7574) };
const OTHER: Request = { kind: 'put-batch', agency: 1, batchId: 1, text: betOf(1) };
const SECOND: Request = { kind: 'put-batch', agency: 1, batchId: 2, text: betOf(2) };
const SUMS: Request = { kind: 'get-agency', agency: 1 };
const FINISH: Request = { kind: 'finish', agency: 1 };
const WINNERS: Request = { kind: 'get-winners', agency: 1 };
const READING: Request = { kind: 'get-batch', agency: 1, batchId: 1 };

const STORED = 'PUT,/agencies/1/batches/1,201';
const AGAIN = 'PUT,/agencies/1/batches/1,200';
const CONFLICT = 'PUT,/agencies/1/batches/1,409';
const ASKED = 'GET,/agencies/1,200';
const FINISHED = 'PUT,/agencies/1/finish,200';
const DRAWN = 'PUT,/draw,201,0';
const GRANTED: Answer = { isGranted: true };

function betOf(number: number): string {
  return `1,1,Ana,Paz,11,1987-03-17,${number}`;
}

/** An operation that was sent and answered at these times; without an answer it has none. */
function made(
  request: Request,
  [startMs, endMs]: readonly [number, number],
  answer?: Operation['answer'],
  requestId = '0',
): Operation {
  return { request, requestId, startMs, endMs: answer === undefined ? Infinity : endMs, answer };
}

function historyOf(lines: readonly string[], ...operations: Operation[]): History {
  const texts = new Map([['/agencies/1/batches/1', betOf(7574)]]);
  return { terms: TERMS, lives: [{ operations, lines }], texts };
}

describe('can be explained', () => {
  test.each<[string, History]>([
    ['nothing', historyOf([])],
    [
      'operations at the same time, in one order',
      historyOf(
        [`${STORED},a`, `${ASKED},b`],
        made(BATCH, [0, 9], { status: 201 }, 'a'),
        made(SUMS, [1, 8], { bets: 1 }, 'b'),
      ),
    ],
    [
      'and in the other',
      historyOf(
        [`${ASKED},b`, `${STORED},a`],
        made(BATCH, [0, 9], { status: 201 }, 'a'),
        made(SUMS, [1, 8], { bets: 0 }, 'b'),
      ),
    ],
    [
      'the same message from two clients, whichever came first',
      historyOf(
        [`${STORED},0`, `${ASKED},x`, `${AGAIN},0`],
        made(BATCH, [0, 10], GRANTED),
        made(BATCH, [5, 9], GRANTED),
        made(SUMS, [1, 4], { bets: 1 }, 'x'),
      ),
    ],
    ['an operation without an answer that was done', historyOf([`${STORED},0`], made(BATCH, [0, 1]))],
    ['and one that was not', historyOf([], made(BATCH, [0, 1]))],
    [
      'a line of the one that has no answer, of two alike',
      historyOf(
        [`${STORED},0`, `${ASKED},x`, `${AGAIN},0`],
        made(BATCH, [0, 1]),
        made(SUMS, [2, 3], {}, 'x'),
        made(BATCH, [4, 5], GRANTED),
      ),
    ],
    [
      'an operation that was answered with unavailable',
      historyOf([], made(BATCH, [0, 1], 'unavailable', 'a')),
    ],
    [
      'a conflict, told from a grant by its content',
      historyOf(
        [`${STORED},0`, `${CONFLICT},0`],
        made(OTHER, [0, 9], { code: 'batch-conflict' }),
        made(BATCH, [0, 9], GRANTED),
      ),
    ],
    [
      'a draw, and the winners behind it',
      historyOf(
        [`${STORED},0`, `${FINISHED},0`, DRAWN, 'GET,/agencies/1/winners,200,0'],
        made(BATCH, [0, 1], GRANTED),
        made(FINISH, [2, 9], {}),
        made(WINNERS, [2, 9], { winners: ['11'] }),
      ),
    ],
  ])('%s', async (_, history) => {
    expect(await flawOf(history)).toBeUndefined();
  });
});

describe('a refusal', () => {
  const REFUSED: Request = {
    kind: 'refused',
    operation: 'PUT',
    uri: '/agencies/9/finish',
    status: 404,
    code: 'unknown-agency',
  };
  const refused = (startMs: number): Operation => made(REFUSED, [startMs, startMs + 1], { status: 404 });

  test('may have a line, or be counted, even when the count comes later', async () => {
    const lines = ['PUT,/agencies/9/finish,404,0', `${ASKED},a`, 'REFUSED,*,404,2'];
    const asked = made(SUMS, [10, 11], { bets: 0 }, 'a');
    expect(await flawOf(historyOf(lines, refused(0), refused(2), refused(4), asked))).toBeUndefined();
  });

  test('that was not sent cannot be counted', async () => {
    const lines = ['PUT,/agencies/9/finish,404,0', 'REFUSED,*,404,2'];
    expect(await flawOf(historyOf(lines, refused(0), refused(2)))).toBe(
      '1 more refusals with 404 are counted than were sent',
    );
  });
});

describe('cannot be explained', () => {
  test.each<[string, History, string]>([
    [
      'swapped lines',
      historyOf(
        [`${ASKED},b`, `${STORED},a`],
        made(BATCH, [0, 1], { status: 201 }, 'a'),
        made(SUMS, [2, 3], { bets: 0 }, 'b'),
      ),
      'line 1, GET,/agencies/1,200,b: an operation that was answered before this one was sent stands behind it',
    ],
    [
      'swapped lines of operations that have no id',
      historyOf(
        [`${STORED},0`, `${AGAIN},0`, `${ASKED},x`],
        made(BATCH, [0, 1], GRANTED),
        made(SUMS, [2, 3], { bets: 1 }, 'x'),
        made(BATCH, [4, 5], GRANTED),
      ),
      'line 2, PUT,/agencies/1/batches/1,200,0: an operation that was answered before this one was sent stands behind it',
    ],
    ['a missing line', historyOf([], made(BATCH, [0, 1], { status: 201 }, 'a')), 'answered without a line'],
    [
      'a missing line of an operation that has no id',
      historyOf([`${STORED},0`], made(BATCH, [0, 1], GRANTED), made(BATCH, [0, 1], GRANTED)),
      'answered without a line',
    ],
    ['a line that nobody has sent', historyOf([`${ASKED},a`]), 'nobody has sent it'],
    [
      'a line twice',
      historyOf([`${ASKED},a`, `${ASKED},a`], made(SUMS, [0, 1], {}, 'a')),
      'line 2, GET,/agencies/1,200,a: nobody has sent it',
    ],
    [
      'a stale read',
      historyOf(
        [`${STORED},a`, `${ASKED},b`],
        made(BATCH, [0, 1], { status: 201 }, 'a'),
        made(SUMS, [2, 3], { bets: 0 }, 'b'),
      ),
      'answered was {"bets":0}, right is {"status":200,"agency":1,"bets":1',
    ],
    [
      'a stale read that has no id',
      historyOf(
        [`${STORED},0`, `${ASKED},0`],
        made(BATCH, [0, 1], GRANTED),
        made(SUMS, [2, 3], { last_batch_id: 0, last_bet_id: 0, bets: 0 }),
      ),
      'line 2, GET,/agencies/1,200,0: nobody has sent it',
    ],
    [
      'a read from the future',
      historyOf(
        [`${ASKED},b`, `${STORED},a`],
        made(SUMS, [0, 1], { bets: 1 }, 'b'),
        made(BATCH, [2, 3], { status: 201 }, 'a'),
      ),
      'answered was {"bets":1}',
    ],
    [
      'the text of a batch that is another one',
      historyOf(
        [`${STORED},a`, 'GET,/agencies/1/batches/1,200,b'],
        made(BATCH, [0, 1], { status: 201 }, 'a'),
        made(READING, [2, 3], { status: 200, text: betOf(1) }, 'b'),
      ),
      'answered was {"status":200,"text"',
    ],
    [
      'a grant for other content',
      historyOf([`${STORED},0`, `${AGAIN},0`], made(BATCH, [0, 1], GRANTED), made(OTHER, [2, 3], GRANTED)),
      `line 2, ${AGAIN},0: it should be ${CONFLICT},0`,
    ],
    [
      'a batch that is stored twice',
      historyOf(
        [`${STORED},a`, `${STORED},b`],
        made(BATCH, [0, 1], { status: 201 }, 'a'),
        made(BATCH, [2, 3], { status: 201 }, 'b'),
      ),
      `line 2, ${STORED},b: it should be ${AGAIN},b`,
    ],
    [
      'an operation that was answered with unavailable, and done',
      historyOf([`${STORED},a`], made(BATCH, [0, 1], 'unavailable', 'a')),
      'nobody has sent it',
    ],
    ['a draw that is not due', historyOf([DRAWN]), 'the draw was not due'],
    [
      'winners before the draw',
      historyOf(
        [`${FINISHED},0`, 'GET,/agencies/1/winners,200,0', DRAWN],
        made(FINISH, [0, 1], {}),
        made(WINNERS, [0, 9], { winners: [] }),
      ),
      'it should be nothing',
    ],
    [
      'winners that are not those of the bets',
      historyOf(
        [`${STORED},0`, `${FINISHED},0`, DRAWN, 'GET,/agencies/1/winners,200,0'],
        made(BATCH, [0, 1], GRANTED),
        made(FINISH, [2, 9], {}),
        made(WINNERS, [2, 9], { winners: [] }),
      ),
      'answered was {"winners":[]}',
    ],
    ['a torn line', historyOf(['PUT,/agencies/1/bat']), 'it has not the form of a line'],
    [
      'a line of a server that was gone',
      {
        ...historyOf([], made(BATCH, [0, 1])),
        lives: [
          { operations: [made(BATCH, [0, 1])], lines: [] },
          { operations: [], lines: [`${STORED},0`] },
        ],
      },
      'nobody has sent it',
    ],
  ])('%s', async (_, history, flaw) => {
    expect(await flawOf(history)).toContain(flaw);
  });
});

/** An operation of a random history. */
interface Planned {
  readonly request: Request;
  readonly startMs: number;
  readonly durationMs: number;
  readonly isAnswered: boolean;
  /** Where it stands in the order in which the operations are carried out; below 0, and without an answer, it is not. */
  readonly place: number;
}

describe('the search is exact', () => {
  const planned: fc.Arbitrary<Planned> = fc.record({
    request: fc.constantFrom(BATCH, BATCH, SECOND, SUMS, FINISH),
    startMs: fc.integer({ min: 0, max: 8 }),
    durationMs: fc.integer({ min: 1, max: 6 }),
    isAnswered: fc.boolean(),
    place: fc.integer({ min: -2, max: 9 }),
  });

  /** Carries operations out in their order; those without an answer maybe not. */
  async function carryOut(plan: readonly Planned[]) {
    const model = new Model(TERMS);
    const lines: string[] = [];
    const operations: Operation[] = [];
    for (const { request, startMs, durationMs, isAnswered, place } of [...plan].sort(
      (one, other) => one.place - other.place,
    )) {
      const done = isAnswered || place >= 0 ? await model.carryOut(request, '0') : undefined;
      if (done !== undefined) lines.push(...done.lines);
      const seen = isAnswered ? seenOf(request, done?.answer) : undefined;
      operations.push(made(request, [startMs, startMs + durationMs], seen));
    }
    return { lines, operations };
  }

  /** What is seen over TCP. */
  function seenOf(request: Request, answer: Answer = {}): Answer {
    if (request.kind === 'put-batch') return 'code' in answer ? { code: answer['code'] } : GRANTED;
    if (request.kind !== 'get-agency') return {};
    const { last_batch_id, last_bet_id, bets } = answer;
    return { last_batch_id, last_bet_id, bets };
  }

  /** Tries all. */
  async function hasOrder(
    lines: readonly string[],
    left: readonly Operation[],
    before: readonly Operation[],
  ): Promise<boolean> {
    const line = lines[before.length];
    if (line === undefined) return left.every(({ answer }) => answer === undefined);
    for (const operation of left) {
      const isTooEarly = left.some(({ answer, endMs }) => answer !== undefined && endMs < operation.startMs);
      if (isTooEarly || readEntry(line)?.uri !== uriOf(operation.request)) continue;
      const model = new Model(TERMS);
      for (const { request } of before) await model.carryOut(request, '0');
      const {
        lines: [right],
        answer,
      } = await model.carryOut(operation.request, '0');
      const seen = Object.entries(operation.answer ?? {});
      if (right !== line || !seen.every(([key, value]) => answer[key] === value)) continue;
      const others = left.filter((other) => other !== operation);
      if (await hasOrder(lines, others, [...before, operation])) return true;
    }
    return false;
  }

  test('as a search through all orders', async () => {
    let explained = 0;
    let unexplained = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(planned, { maxLength: 6 }), async (plan) => {
        const { lines, operations } = await carryOut(plan);
        const stored = [betOf(7574), betOf(2)].map(
          (text, index) => [`/agencies/1/batches/${index + 1}`, text] as const,
        );
        const texts = new Map(stored.filter(([uri]) => lines.includes(`PUT,${uri},201,0`)));
        const flaw = await flawOf({ terms: TERMS, lives: [{ operations, lines }], texts });
        expect(flaw === undefined).toBe(await hasOrder(lines, operations, []));
        if (flaw === undefined) explained++;
        else unexplained++;
      }),
      { numRuns: 1_000 },
    );
    // Both kinds were among them.
    expect(explained).toBeGreaterThan(50);
    expect(unexplained).toBeGreaterThan(50);
  });
});
