/** Clients that do not read their answers: they cost themselves. */
import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { FakeClock } from '../../../program/testing/fake_clock';
import { MemoryLedger } from '../../ledger/memory_ledger';
import { Lottery } from '../../lottery/lottery';
import { Telemetry } from '../../telemetry/telemetry';
import { RecordedLog } from '../../../program/testing/recorded_log';
import { CurrentTokens } from '../identity/current_tokens';
import { HttpContext } from './context';
import { HTTP_LIMITS, SMALL_ANSWER_BYTES, UNREAD_AFTER_MS } from './limits';
import type { Exchange } from './requests/exchange';
import { closeDoors, OpenDoor, TERMS } from './testing/open_door';

afterEach(closeDoors);

const MEMORY_BYTES = 100 * 1024 * 1024;
const LARGE_BYTES = MEMORY_BYTES / 4;

const clock = new FakeClock();
let context = newContext();

beforeEach(() => {
  context = newContext();
});

function newContext(): HttpContext {
  const ledger = new MemoryLedger(TERMS);
  const telemetry = new Telemetry(TERMS, ledger.openedWith);
  const onBroken = (error: Error): void => {
    throw error;
  };
  return new HttpContext({
    lottery: new Lottery(ledger, TERMS, { clock, log: new RecordedLog(), observer: telemetry, onBroken }),
    telemetry,
    clock,
    settings: {
      port: 0,
      address: '127.0.0.1',
      tokens: new CurrentTokens(undefined),
      maxPayloadBytes: 1_000,
    },
    limits: { ...HTTP_LIMITS, maxAnswersBytes: MEMORY_BYTES },
  });
}

/** A connection whose client reads nothing. */
class DeafConnection extends EventEmitter {
  isDropped = false;

  destroy(): void {
    this.isDropped = true;
  }

  /** A request that is answered with so many bytes. */
  answer(bytes: number): Exchange {
    const request = { socket: this } as unknown as IncomingMessage;
    context.exchanges.open(request, new EventEmitter() as unknown as ServerResponse, undefined);
    const exchange = context.exchanges.of(request);
    context.countAnswer(exchange, bytes);
    exchange.answeredAtMs = clock.nowMs();
    return exchange;
  }
}

/** A connection with an answer of so many bytes. */
function deaf(bytes: number): DeafConnection {
  const connection = new DeafConnection();
  connection.answer(bytes);
  return connection;
}

test('those whose answers were left unread longest are dropped when another answer needs the memory', () => {
  const small = deaf(SMALL_ANSWER_BYTES);
  const large: DeafConnection[] = [];
  for (let count = 0; count < 3; count++) {
    large.push(deaf(LARGE_BYTES));
    clock.advance(UNREAD_AFTER_MS / 2);
  }
  deaf(2 * LARGE_BYTES - SMALL_ANSWER_BYTES);
  expect(large.map(({ isDropped }) => isDropped)).toEqual([true, false, false]);
  expect(small.isDropped).toBe(false);
  expect(context.answers.takenBytes).toBe(MEMORY_BYTES);
});

test('an answer that has no room is refused while nobody has left theirs unread for long', () => {
  for (let count = 0; count < 4; count++) deaf(LARGE_BYTES);
  expect(() => deaf(LARGE_BYTES)).toThrow('too many answers are not taken');
  expect(() => context.reserveAnswer(new DeafConnection().answer(0), LARGE_BYTES)).toThrow(
    'too many answers',
  );
});

test('a small answer has room, and so has one that is in the audit log', async () => {
  for (let count = 0; count < 4; count++) deaf(LARGE_BYTES);
  deaf(SMALL_ANSWER_BYTES);
  const exchange = new DeafConnection().answer(0);
  await exchange.submit(() => Promise.resolve());
  context.countAnswer(exchange, LARGE_BYTES);
  expect(context.answers.takenBytes).toBe(5 * LARGE_BYTES + SMALL_ANSWER_BYTES);
  clock.advance(UNREAD_AFTER_MS);
  context.relieveAnswers();
  expect(context.answers.takenBytes).toBeLessThanOrEqual(MEMORY_BYTES);
});

test('what was reserved for an answer is what it needs, once it is there, and nothing once it was read', () => {
  const exchange = new DeafConnection().answer(0);
  context.reserveAnswer(exchange, LARGE_BYTES);
  context.countAnswer(exchange, 10_000);
  expect(context.answers.takenBytes).toBe(10_000);
  exchange.end();
  context.countAnswer(exchange, 10_000);
  expect(context.answers.takenBytes).toBe(0);
});

test('an answer for which there is no room becomes a refusal', async () => {
  const bytesOf = (path: string): Buffer =>
    Buffer.alloc(path === '/large' ? 3 * 1024 * 1024 : SMALL_ANSWER_BYTES);
  const door = await OpenDoor.open({
    settings: { maxPayloadBytes: 1 },
    limits: { maxAnswersBytes: 0 },
    registerMore: (app) => {
      for (const path of ['/large', '/small']) app.get(path, (_, reply) => reply.send(bytesOf(path)));
      return { close: () => undefined };
    },
  });
  const refused = await door.ask('GET', '/large');
  expect(refused).toMatchObject({ status: 503, json: { code: 'unavailable' } });
  expect(refused.headers['retry-after']).toBe('1');
  expect((await door.ask('GET', '/small')).status).toBe(200);
});
