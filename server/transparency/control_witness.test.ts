/** The control's cosignatures, from a local server in the control's place, for a log of which only its notes are there. */
import { once } from 'node:events';
import { createServer, Server } from 'node:http';
import { AddressInfo } from 'node:net';

import { FakeClock } from '../../program/testing/fake_clock';
import { checkpointText } from '../../transparency/notes/checkpoint';
import { cosign } from '../../transparency/notes/cosignature';
import { noteSigner } from '../../transparency/notes/note';
import { keyOfByte } from '../../transparency/notes/testing/keys';
import { isPending, settled } from '../testing/settled';
import { ControlWitness } from './control_witness';
import type { WitnessedCheckpoint } from './log_messages';
import { CONTROL_KEY, cosigned, FakeLog, LOG, NAME, sizeOf, TIME_S, VERIFIER } from './testing/fake_log';

/** How long a question may take. */
const TIMEOUT_MS = 300_000;

/** What the control answers to a body: a status and a text, or nothing. */
type Answers = (body: string) => readonly [status: number, text: string] | undefined;

const good: Answers = (body) => [200, cosigned(body)];

let clock: FakeClock;
let log: FakeLog;
let told: (string | undefined)[];
let toldOf: WitnessedCheckpoint[];
let bodies: string[];
let answers: Answers;
let server: Server;
let witness: ControlWitness;
let stopped: AbortController;
beforeEach(async () => {
  clock = new FakeClock();
  log = new FakeLog();
  [told, toldOf] = [[], []];
  bodies = [];
  answers = good;
  stopped = new AbortController();
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      bodies.push(`${request.method} ${request.url} ${body}`);
      const answer = answers(body);
      if (answer !== undefined) response.writeHead(answer[0]).end(answer[1]);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/below/`);
  const onChange = (reason: string | undefined, which: WitnessedCheckpoint): void => {
    told.push(reason);
    toldOf.push(which);
  };
  witness = new ControlWitness(log, { url, verifier: VERIFIER }, { clock, onChange });
});
afterEach(async () => {
  witness.close();
  server.closeAllConnections();
  server.close();
  await settled();
});

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

/** It waits, and not for the end of a question. */
const untilPaused = (): Promise<void> => until(() => clock.timerCount === 1 && clock.nextInMs !== TIMEOUT_MS);
const untilSealCosigned = (): Promise<boolean> => witness.untilCosigned('sealed', stopped.signal);
/** How many leaves the bodies say that the control knows. */
const olds = (): number[] => bodies.map((body) => Number(/ old (\d+)\n/.exec(body)?.[1]));

test('the latest checkpoint is cosigned at the start and every ten seconds, until the sale is sealed', async () => {
  witness.start();
  await untilPaused();
  expect(bodies[0]).toMatch(/^POST \/below\/add-checkpoint old 0\n\nlog\.example\n5\n/);
  expect([told, witness.isBalanced, log.kept]).toEqual([[undefined], true, [['latest', 5]]]);
  expect(clock.nextInMs).toBe(10_000);
  log.progress = { ...log.progress, size: 7 };
  log.lines.latest = '';
  clock.runNext();
  await untilPaused();
  expect([olds(), bodies.map(sizeOf)]).toEqual([
    [0, 5],
    [5, 7],
  ]);
  // What is cosigned already is not asked for again.
  clock.runNext();
  await untilPaused();
  log.seal();
  clock.runNext();
  await settled();
  expect([bodies.length, clock.timerCount, told]).toEqual([2, 0, [undefined]]);
});

test.each<[string, Answers, RegExp]>([
  [
    'refuses',
    () => [422, 'agency 1,\nbatch 2:\u001b[31m it differs'],
    /^the control answers 422: agency 1, batch 2: \[31m it differs$/,
  ],
  ['signs with another key', (body) => [200, cosigned(body, keyOfByte(3))], /that is not its$/],
  ['signs nothing', () => [200, ''], /that is not its$/],
  [
    'signs another checkpoint',
    () => [
      200,
      cosign(`log.example\n9\n${Buffer.alloc(32).toString('base64')}\n`, NAME, CONTROL_KEY, TIME_S),
    ],
    /that is not its$/,
  ],
  [
    'signs more than the checkpoint',
    (body) => {
      const text = body.slice(body.indexOf('\n\n') + 2);
      return [200, `\n${noteSigner(NAME, CONTROL_KEY).sign(text)}`];
    },
    /that is not its$/,
  ],
  ['answers without end', () => [200, 'x'.repeat(20_000)], /^the answer of the control is too long$/],
  ['names no size', () => [409, 'many'], /409 without its size$/],
  [
    'names other sizes each time',
    (() => {
      let size = 0;
      return () => [409, `${(size++ % 4) + 1}\n`] as const;
    })(),
    /other sizes each time$/,
  ],
])(
  'one that %s has not cosigned, is asked again, ever more seldom, and may mend it',
  async (_name, wrong, reason) => {
    log.seal();
    answers = wrong;
    const cosigning = untilSealCosigned();
    const waits: (number | undefined)[] = [];
    for (let round = 0; round < 6; round++) {
      await untilPaused();
      waits.push(clock.nextInMs);
      if (round === 5) answers = good;
      clock.runNext();
    }
    await cosigning;
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 5_000, 5_000]);
    // The same reason is told once.
    expect(told).toEqual([expect.stringMatching(reason), undefined]);
    expect(log.kept).toEqual([['sealed', 8]]);
  },
);

test('one that names what it knows is sent the proof from there', async () => {
  answers = (body) => (body.startsWith('old 3\n') ? good(body) : [409, '3\n']);
  log.seal();
  await untilSealCosigned();
  expect(olds()).toEqual([0, 3]);
});

test('one that once knew more than there is can be right later', async () => {
  log.seal();
  answers = () => [409, '999\n'];
  const cosigning = untilSealCosigned();
  await untilPaused();
  expect(told).toEqual([
    'the control has cosigned 999 leaves, which are more: is this ledger, with its log, an older copy?',
  ]);
  answers = good;
  clock.runNext();
  await cosigning;
  expect(olds()).toEqual([0, 0]);
});

test('one that has lost everything is given the seal before the result', async () => {
  log.seal({ size: 9, hasResult: true });
  let known = 0;
  answers = (body) => {
    if (!body.startsWith(`old ${known}\n`)) return [409, `${known}\n`];
    known = sizeOf(body);
    return good(body);
  };
  await witness.untilCosigned('latest', stopped.signal);
  known = 0;
  log.lines.latest = '';
  await witness.untilCosigned('latest', stopped.signal);
  expect(bodies.map(sizeOf)).toEqual([8, 9, 9, 8, 9]);
});

/** A log with a result whose seal was cosigned once, by a control that knows both, as C2SP says. */
function loseSeal(): () => string {
  log.seal({ size: 9, hasResult: true });
  let line = '';
  answers = (body) => {
    if (body !== '') return body.startsWith('old 9\n') ? good(body) : [409, '9\n'];
    return bodies.at(-1)!.startsWith('GET /below/cosigned/8 ') ? [200, line] : [404, 'not that'];
  };
  const request = Buffer.from(
    `old 0\n\n${checkpointText({ origin: LOG.name, size: 8, root: Buffer.alloc(32, 8) })}\n`,
  );
  line = cosigned(request.toString());
  return () => line;
}

test.each(['sealed', 'latest'] as const)(
  'the cosignature of the seal that was lost after the result is asked for again: %s',
  async (which) => {
    const lost = loseSeal();
    await witness.untilCosigned(which, stopped.signal);
    expect([told, witness.isBalanced]).toEqual([[undefined], true]);
    expect(log.lines.sealed).toBe(lost());
    await witness.untilCosigned('latest', stopped.signal);
    expect([...log.kept].sort()).toEqual([
      ['latest', 9],
      ['sealed', 8],
    ]);
    expect([told, bodies.length]).toEqual([[undefined], 3]);
  },
);

test('one that never saw the seal of a sale that was called off is given it first', async () => {
  witness.start();
  await untilPaused();
  log.seal({ size: 9, hasResult: true });
  log.lines.latest = '';
  for (const which of ['sealed', 'latest'] as const) await witness.untilCosigned(which, stopped.signal);
  expect(log.kept).toEqual([
    ['latest', 5],
    ['sealed', 8],
    ['latest', 9],
  ]);
});

test('also where the log has come so far while the latest checkpoint is asked for', async () => {
  log.seal({ size: 9 });
  log.progress = { ...log.progress, isSealed: false };
  witness.start();
  await untilPaused();
  expect(log.kept).toEqual([
    ['sealed', 8],
    ['latest', 9],
  ]);
});

test('one that has cosigned another tree of the same size is named so', async () => {
  log.seal();
  answers = () => [409, '8\n'];
  void untilSealCosigned();
  await untilPaused();
  expect(told).toEqual([
    'the control has cosigned another tree of 8 leaves: is this ledger, with its log, an older copy?',
  ]);
});

test('until the control gives it again, it is told that the seal lacks it', async () => {
  loseSeal();
  const knows = answers;
  answers = (body) => (body === '' ? [404, 'not that'] : knows(body));
  await witness.untilCosigned('latest', stopped.signal);
  const cosigning = untilSealCosigned();
  await untilPaused();
  expect([told, toldOf, witness.isBalanced]).toEqual([
    ['the cosignature of the seal is lost, and the control answers 404: not that'],
    ['sealed'],
    false,
  ]);
  answers = knows;
  clock.runNext();
  await cosigning;
  expect([told.slice(1), witness.isBalanced]).toEqual([[undefined], true]);
});

test('what cannot be kept, or not be read, is not cosigned', async () => {
  log.seal();
  log.canKeep = false;
  const cosigning = untilSealCosigned();
  await untilPaused();
  expect(told).toEqual(['the cosignature cannot be kept now']);
  [log.canKeep, log.canRead] = [true, false];
  clock.runNext();
  await untilPaused();
  expect(told.slice(1)).toEqual(['the log cannot be read now']);
  log.canRead = true;
  clock.runNext();
  await cosigning;
  expect(log.kept).toEqual([['sealed', 8]]);
});

test('while bets are sold, a checkpoint that is no longer the latest need not be kept', async () => {
  log.canKeep = false;
  witness.start();
  await untilPaused();
  expect([told, witness.isBalanced]).toEqual([[undefined], true]);
});

test('one that is not there is said so, and is asked again', async () => {
  server.close();
  await once(server, 'close');
  witness.start();
  await untilPaused();
  expect(told).toEqual([expect.stringMatching(/^the control cannot be reached: .*ECONNREFUSED/)]);
  expect(witness.isBalanced).toBe(false);
});

test.each(['hangs', 'hangs in its answer'])('one that %s is left after five minutes', async (how) => {
  log.seal();
  let isFirst = true;
  if (how === 'hangs') {
    answers = (body) => (isFirst ? undefined : good(body));
  } else {
    server.prependListener('request', (_, response) => {
      if (isFirst) response.write('— ');
    });
    answers = (body) => (isFirst ? undefined : good(body));
  }
  const cosigning = untilSealCosigned();
  await until(() => bodies.length === 1 && clock.timerCount === 1);
  expect(clock.nextInMs).toBe(TIMEOUT_MS);
  isFirst = false;
  clock.runNext();
  await untilPaused();
  expect(told).toEqual(['the control cannot be reached: no whole answer within 300 s']);
  clock.runNext();
  await cosigning;
  expect(clock.timerCount).toBe(0);
});

test.each(['a question', 'a pause'])(
  'closed in %s, it asks for nothing more and tells nothing',
  async (when) => {
    log.seal();
    answers = when === 'a pause' ? () => [500, ''] : () => undefined;
    const cosigning = untilSealCosigned();
    await until(() => bodies.length === 1);
    if (when === 'a pause') await untilPaused();
    const before = told.length;
    witness.close();
    await cosigning;
    await settled();
    expect([told.length, bodies.length, clock.timerCount]).toEqual([before, 1, 0]);
    witness.start();
    expect(await isPending(witness.untilCosigned('sealed', stopped.signal))).toBe(false);
  },
);
