/**
 * The audit log is a linearization of what clients of both doors have seen, across the ends of servers.
 *
 * SEED decides what is sent, ROUNDS how often it is played.
 */
import { Stage } from '../support/programs';
import { flawOf, History } from './linearizability/checker';
import type { Answer, Operation } from './linearizability/operation';
import { playLinearizable } from './linearizability/play_linearizable';
import { sqliteLedger } from './linearizability/played_ledger';
import { ROUNDS, SEED, TIMEOUT_MS } from './storage/seed';

let stage: Stage;
let last: History | undefined;
beforeEach(() => (stage = new Stage()));
afterEach(() => stage.close());

test(
  `seed ${SEED}: the log explains every answer, in one order that keeps to real time`,
  async () => {
    for (let seed = SEED; seed < SEED + ROUNDS; seed++) {
      last = await playLinearizable(stage, sqliteLedger(stage.path(`linearizability ${seed}`)), seed);
    }
  },
  TIMEOUT_MS,
);

/** An answered operation with an id, and where its line stands. */
interface Found {
  readonly life: number;
  readonly operation: Operation;
  readonly index: number;
}

/** Those that were answered over HTTP and fit, in the order of the log. */
function findAll({ lives }: History, fits: (operation: Operation) => boolean): Found[] {
  return lives.flatMap(({ operations, lines }, life) => {
    const byId = new Map(operations.map((operation) => [operation.requestId, operation]));
    return lines.flatMap((line, index) => {
      const operation = byId.get(line.split(',')[3] ?? '');
      const isFound =
        operation !== undefined && operation.requestId !== '0' && isAnswered(operation) && fits(operation);
      return isFound ? [{ life, operation, index }] : [];
    });
  });
}

/** The last of them. */
function find(history: History, fits: (operation: Operation) => boolean): Found {
  const found = findAll(history, fits).at(-1);
  if (found === undefined) throw new Error('no such operation in this history');
  return found;
}

function isAnswered({ answer }: Operation): boolean {
  return answer !== undefined && answer !== 'unavailable';
}

/** Answered with this status. */
const having =
  (kind: Operation['request']['kind'], status: number) =>
  ({ request, answer }: Operation): boolean =>
    request.kind === kind && answer !== 'unavailable' && answer?.['status'] === status;

function changeLines(history: History, life: number, change: (lines: string[]) => string[]): History {
  return {
    ...history,
    lives: history.lives.map((each, index) =>
      index === life ? { ...each, lines: change([...each.lines]) } : each,
    ),
  };
}

function changeOperation(history: History, { life, operation }: Found, changed: Partial<Operation>): History {
  return {
    ...history,
    lives: history.lives.map((each, index) =>
      index === life
        ? {
            ...each,
            operations: each.operations.map((one) => (one === operation ? { ...one, ...changed } : one)),
          }
        : each,
    ),
  };
}

/** Changes members of an answer. */
const answer = (history: History, found: Found, changed: Answer): History =>
  changeOperation(history, found, { answer: { ...answerOf(found), ...changed } });

function answerOf({ operation }: Found): Answer {
  if (typeof operation.answer !== 'object') throw new Error('it was not answered');
  return operation.answer;
}

const FALSIFICATIONS: Record<string, (history: History) => History> = {
  'a line is missing': (history) => {
    const { life, index } = find(history, having('get-draw', 200));
    return changeLines(history, life, (lines) => lines.toSpliced(index, 1));
  },
  'the last answered line before a kill is missing': (history) => {
    const { life, index } = findAll(history, isAnswered).findLast(
      // A refusal may be counted instead.
      ({ life, operation }) => life === 0 && operation.request.kind !== 'refused',
    )!;
    return changeLines(history, life, (lines) => lines.toSpliced(index, 1));
  },
  'a line without an id is missing': (history) =>
    changeLines(history, 2, (lines) =>
      lines.toSpliced(
        lines.findIndex((line) => line.endsWith(',200,0')),
        1,
      ),
    ),
  'a line stands twice': (history) => {
    const { life, index, operation } = find(history, having('get-agencies', 200));
    return changeLines(history, life, (lines) =>
      lines.toSpliced(index, 0, `GET,/agencies,200,${operation.requestId}`),
    );
  },
  'two reads stand in another order than real time': (history) => {
    const all = findAll(history, having('get-draw', 200)).filter(({ life }) => life === 2);
    const [one, other] = all.flatMap((first) => {
      const second = all.find(({ operation }) => operation.startMs > first.operation.endMs);
      return second === undefined ? [] : [[first, second] as const];
    })[0]!;
    return changeLines(history, 2, (lines) =>
      lines.with(one.index, lines[other.index]!).with(other.index, lines[one.index]!),
    );
  },
  'a line of the second life stands in the first': (history) => {
    const { index } = findAll(history, isAnswered).find(({ life }) => life === 1)!;
    const line = history.lives[1]!.lines[index]!;
    const without = changeLines(history, 1, (lines) => lines.toSpliced(index, 1));
    return changeLines(without, 0, (lines) => [...lines, line]);
  },
  'a line has another status': (history) => {
    const { life, index } = find(history, having('put-batch', 200));
    return changeLines(history, life, (lines) => lines.with(index, lines[index]!.replace(',200,', ',201,')));
  },
  'an answer has another status': (history) =>
    answer(history, find(history, having('put-batch', 200)), { status: 201, outcome: 'stored' }),
  'an agency has a bet too many': (history) => {
    const found = find(history, having('get-agency', 200));
    return answer(history, found, { bets: Number(answerOf(found)['bets']) + 1 });
  },
  'a read is as old as the beginning': (history) =>
    answer(history, find(history, having('get-agency', 200)), { bets: 0, batches: 0 }),
  'a batch has other bets': (history) => {
    const found = find(history, having('get-batch', 200));
    return answer(history, found, { text: String(answerOf(found)['text']).replace('Ana', 'Eva') });
  },
  'a batch is not found that is there': (history) =>
    changeOperation(history, find(history, having('get-batch', 200)), {
      answer: { status: 404, code: 'not-found' },
    }),
  'the winners are fewer': (history) => {
    const found = find(history, having('get-winners', 200));
    return answer(history, found, { winners: [] });
  },
  'a note has another value': (history) => {
    const found = find(history, having('get-note', 200));
    return answer(history, found, { text: `${String(answerOf(found)['text'])}0` });
  },
  'a note has another value at the memcached door': (history) => {
    const [life, operation] = history.lives.flatMap(({ operations }, index) =>
      operations.flatMap((each) =>
        each.requestId === '0' && having('get-note', 200)(each) ? [[index, each] as const] : [],
      ),
    )[0]!;
    return changeOperation(
      history,
      { life, operation, index: 0 },
      { answer: { status: 200, text: 'never written' } },
    );
  },
  'a number is given twice': (history) => {
    const found = find(
      history,
      ({ request, answer: given }) =>
        request.kind === 'count-note' && typeof given === 'object' && 'value' in given,
    );
    return answer(history, found, { value: String(BigInt(String(answerOf(found)['value'])) - 1n) });
  },
  'a part of what was written at once has no line': (history) => {
    // The last line of the last of them.
    const { life, index } = find(history, having('post-notes', 201));
    return changeLines(history, life, (lines) => lines.toSpliced(index, 1));
  },
  'what was answered with unavailable was done': (history) =>
    changeOperation(history, find(history, having('put-batch', 201)), { answer: 'unavailable' }),
  'the draw has no line': (history) =>
    changeLines(history, 2, (lines) => lines.filter((line) => line !== 'PUT,/draw,201,0')),
  'the draw stands before the last end of a sale': (history) =>
    changeLines(history, 2, (lines) => [
      'PUT,/draw,201,0',
      ...lines.filter((line) => line !== 'PUT,/draw,201,0'),
    ]),
  'a line is torn': (history) =>
    changeLines(history, 0, (lines) => [...lines.slice(0, -1), lines.at(-1)!.slice(0, 9)]),
};

test.each(Object.keys(FALSIFICATIONS))('a falsified history is found out: %s', async (name) => {
  expect(last).toBeDefined();
  expect(await flawOf(last!)).toBeUndefined();
  expect(await flawOf(FALSIFICATIONS[name]!(last!))).toEqual(expect.any(String));
});
