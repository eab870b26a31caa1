/**
 * What agencies see is explained by one order of all messages, which is the ledger's own.
 *
 * SEED decides what is sent, ROUNDS how often it is played.
 */
import { Stage } from '../support/programs';
import { unexplained } from './history/checker';
import { History, playHistory, WINNER_NUMBER } from './history/play';
import { Call } from './history/recorder';
import { ROUNDS, SEED, TIMEOUT_MS } from './storage/seed';

const HISTORIES = 2 * ROUNDS;

let stage: Stage;
let last: History | undefined;
beforeEach(() => (stage = new Stage()));
afterEach(() => stage.close());

function check({ calls, ledger }: History): string | undefined {
  return unexplained(calls, ledger, WINNER_NUMBER);
}

function countAnswers(calls: readonly Call[]): string {
  const counts = new Map<string, number>();
  for (const { reply } of calls) {
    const kind =
      reply === undefined ? 'none' : reply.startsWith('ERR,') ? reply.split(',')[2]! : reply.slice(0, 3);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts].map(([kind, count]) => `${kind} ${count}`).join(', ');
}

test(
  `seed ${SEED}: every answer is explained by the ledger's order, across a restart`,
  async () => {
    for (let round = 0; round < HISTORIES; round++) {
      last = await playHistory(stage, SEED + round);
      const { calls, ledger } = last;
      process.stdout.write(
        `${calls.length} calls, ${ledger.batches.length} batches; ${countAnswers(calls)}\n`,
      );
      expect({ seed: SEED + round, unexplained: check(last) }).toEqual({
        seed: SEED + round,
        unexplained: undefined,
      });
    }
  },
  TIMEOUT_MS,
);

/** Changes one answered call that fits. */
function changeCall(
  calls: readonly Call[],
  fits: (call: Call) => boolean,
  change: (call: Call) => Partial<Call>,
): Call[] {
  const chosen = calls.findLast((call) => call.reply !== undefined && fits(call));
  if (chosen === undefined) throw new Error('no such call in this history');
  return calls.map((call) => (call === chosen ? { ...call, ...change(call) } : call));
}

const isAck = ({ reply }: Call): boolean => reply!.startsWith('ACK,');
const isWin = ({ reply }: Call): boolean => reply!.startsWith('WIN,');
const answer = (reply: string) => (): Partial<Call> => ({ reply });
const swap = <Item>(items: readonly Item[], one: number, other: number): Item[] =>
  items.map((item, index) => (index === one ? items[other]! : index === other ? items[one]! : item));

const FALSIFICATIONS: Record<string, (history: History) => History> = {
  'a batch that was acknowledged and is not stored': ({ calls, ledger }) => ({
    calls,
    ledger: { ...ledger, batches: ledger.batches.slice(1) },
  }),
  'a batch that is stored and that nobody has sent': ({ calls, ledger }) => {
    const made = { ...ledger.batches[0]!, batchId: 77 };
    return { calls, ledger: { ...ledger, batches: [...ledger.batches, made] } };
  },
  'batches stored in another order than their answers came': ({ calls, ledger }) => ({
    calls,
    ledger: { ...ledger, batches: swap(ledger.batches, 0, ledger.batches.length - 1) },
  }),
  'stored bytes that are not those that were acknowledged': ({ calls, ledger }) => ({
    calls,
    ledger: {
      ...ledger,
      batches: ledger.batches.map((batch, index) =>
        index === 3 ? { ...batch, text: batch.text.replace('Ana', 'Eva') } : batch,
      ),
    },
  }),
  'a conflict that is none': ({ calls, ledger }) => ({
    calls: changeCall(calls, isAck, ({ message }) => ({
      reply: `ERR,00000030${message.kind === 'BET' ? message.batchId : 0},batch-conflict,other bets\n`,
    })),
    ledger,
  }),
  'an ACK for other bets than those that are stored': ({ calls, ledger }) => ({
    calls: changeCall(
      calls,
      ({ reply }) => reply!.includes(',batch-conflict,'),
      ({ message }) => {
        const payload = message.kind === 'BET' ? `${message.agency},${message.batchId}\n` : '';
        return { reply: `ACK,${String(payload.length).padStart(8, '0')},${payload}` };
      },
    ),
    ledger,
  }),
  'closed before the FIN': ({ calls, ledger }) => {
    const first = calls.find((call) => call.reply !== undefined && isAck(call))!;
    const { message } = first;
    const reply = `ERR,00000030${message.kind === 'BET' ? message.batchId : 0},closed,the sale is closed\n`;
    return { calls: calls.map((call) => (call === first ? { ...call, reply } : call)), ledger };
  },
  'a HAS with a bet too many': ({ calls, ledger }) => ({
    calls: changeCall(
      calls,
      ({ reply }) => reply!.startsWith('HAS,'),
      ({ reply }) => ({ reply: reply!.replace(/\d+\n$/, (bets) => `${Number(bets) + 1}\n`) }),
    ),
    ledger,
  }),
  'a HAS of the beginning at the end': ({ calls, ledger }) => ({
    calls: changeCall(calls, ({ reply }) => reply!.startsWith('HAS,'), answer('HAS,000000060,0,0\n')),
    ledger,
  }),
  'a WIN without winners': ({ calls, ledger }) => ({
    calls: changeCall(calls, isWin, answer('WIN,00000000')),
    ledger,
  }),
  'a WIN before the last FIN': ({ calls, ledger }) => {
    const firstFin = Math.min(
      ...calls.filter(({ message }) => message.kind === 'FIN').map(({ startMs }) => startMs),
    );
    return {
      calls: changeCall(calls, isWin, () => ({ startMs: firstFin - 2, endMs: firstFin - 1 })),
      ledger,
    };
  },
  'a FIN that is not stored': ({ calls, ledger }) => ({
    calls,
    ledger: { ...ledger, finishedAfter: new Map([...ledger.finishedAfter].slice(1)) },
  }),
  'a FIN that stands before batches of its agency': ({ calls, ledger }) => ({
    calls,
    ledger: { ...ledger, finishedAfter: new Map([...ledger.finishedAfter].map(([agency]) => [agency, 1])) },
  }),
};

test.each(Object.keys(FALSIFICATIONS))('a falsified history is found out: %s', (name) => {
  expect(last).toBeDefined();
  expect(check(last!)).toBeUndefined();
  expect(check(FALSIFICATIONS[name]!(last!))).toEqual(expect.any(String));
});
