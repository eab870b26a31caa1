/** FIN, the draw and WIN: once, the same for ever, whatever is killed around them. */
import { join } from 'node:path';

import SqliteDatabase from 'better-sqlite3';

import { betBytes } from '../../server/testing/bets';
import { withDatabase } from '../support/ledger_file';
import { Program, Stage } from '../support/programs';
import { call, RawClient } from '../support/raw_client';
import { agencyLine } from '../support/wire';

let stage: Stage;
beforeEach(() => (stage = new Stage()));
afterEach(() => stage.close());

const AGENCIES = 3;
const SETTINGS = { AGENCIES: String(AGENCIES) };
/** What each agency must be told: two batches, the second sent first, one bet won twice. */
const WINS = [1, 2, 3].map((agency) => `WIN,00000014${agency}001,${agency}002,${agency}002`);
/** How often a kill is tried until it falls between two steps that only the server times. */
const TRIES = 12;

const finOf = (agency: bigint | number): string => agencyLine('FIN', agency);

async function placeBets(port: number): Promise<void> {
  for (const agency of [1, 2, 3]) {
    const client = await RawClient.open(port);
    const second = { document: `${agency}002`, number: '7574' };
    client.write(betBytes(agency, 2, [{ ...second, id: 2 }, { id: 3 }, { ...second, id: 4 }]));
    client.write(betBytes(agency, 1, [{ id: 1, document: `${agency}001`, number: 7574 }]));
    expect(await client.readReply()).toBe(`ACK,00000004,${agency},2\n`);
    expect(await client.readReply()).toBe(`ACK,00000004,${agency},1\n`);
    client.close();
  }
}

/** Sends FIN on a connection of its own and waits for its answer. */
const fin = (port: number, agency: number): Promise<string> => call(port, finOf(agency));

/** Sends all FINs, each on a connection that stays open. */
async function finishAll(port: number): Promise<RawClient[]> {
  const clients = await Promise.all([1, 2, 3].map(() => RawClient.open(port)));
  for (const [index, client] of clients.entries()) client.write(finOf(index + 1));
  return clients;
}

function readDraw(folder: string): { finished: number; draws: unknown[]; winners: unknown[] } {
  return withDatabase(new SqliteDatabase(join(folder, 'lottery.db')), (database) => ({
    finished: Number(database.prepare('SELECT count(*) FROM finished_agencies').pluck().get()),
    draws: database.prepare('SELECT bets, drawn_at FROM draws').all(),
    winners: database.prepare('SELECT agency, documents FROM winners ORDER BY agency').all(),
  }));
}

async function kill(server: Program): Promise<void> {
  server.signal('SIGKILL');
  await server.exit;
}

async function expectSameWins(port: number, times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    expect(await Promise.all([1, 2, 3].map((agency) => fin(port, agency)))).toEqual(WINS);
  }
}

describe('killed', () => {
  test('between the last FIN and the draw: the draw is completed at the start, once', async () => {
    let folder = '';
    for (let tries = 0; tries < TRIES; tries++) {
      folder = stage.path(`ledger ${tries}`);
      const { server, port } = await stage.startServer({ ...SETTINGS, DATA_DIR: folder });
      await placeBets(port);
      const clients = await finishAll(port);
      await server.untilOutput(/hold_draw \| result: in_progress/);
      await kill(server);
      for (const client of clients) client.close();
      const { finished, draws } = readDraw(folder);
      if (finished === AGENCIES && draws.length === 0) break;
      folder = '';
    }
    expect(folder).not.toBe('');
    const { server, port } = await stage.startServer({ ...SETTINGS, DATA_DIR: folder });
    await server.untilOutput(/sorteo \| result: success \| bets: 12 \| cant_ganadores: 9\n/);
    await expectSameWins(port, 3);
    await kill(server);
    expect(server.output.match(/sorteo/g)).toHaveLength(1);
    expect(server.output.match(/hold_draw/g)).toHaveLength(1);
    const { draws } = readDraw(folder);
    expect(draws).toHaveLength(1);
  });

  test('after the draw: it is not run again, and every WIN is the same', async () => {
    const folder = stage.path('ledger');
    const first = await stage.startServer(SETTINGS);
    await placeBets(first.port);
    const clients = await finishAll(first.port);
    expect(await Promise.all(clients.map((client) => client.readReply()))).toEqual(WINS);
    await kill(first.server);
    const before = readDraw(folder);
    for (let restart = 0; restart < 2; restart++) {
      const { server, port } = await stage.startServer(SETTINGS);
      expect(server.output).toMatch(
        /open_ledger \| result: success \| batches: 6 \| bets: 12 \| finished: 3 \| drawn: true/,
      );
      await expectSameWins(port, 3);
      await kill(server);
      expect(server.output).not.toMatch(/sorteo|hold_draw/);
      expect(readDraw(folder)).toEqual(before);
    }
    expect(before.draws).toHaveLength(1);
  });

  test('while some have finished: they send FIN again, and the draw waits for the others', async () => {
    const first = await stage.startServer(SETTINGS);
    await placeBets(first.port);
    const client = await RawClient.open(first.port);
    client.write(finOf(1));
    await first.server.untilOutput(/receive_fin/);
    await kill(first.server);
    const { server, port } = await stage.startServer(SETTINGS);
    expect(server.output).toMatch(/\| finished: 1 \| drawn: false/);
    const late = await RawClient.open(port);
    late.write(betBytes(1, 3, [{ id: 5 }]));
    expect(await late.readReply()).toMatch(/^ERR,\d{8}3,closed,/);
    await expectSameWins(port, 2);
    expect(server.output.match(/sorteo \| result: success/g)).toHaveLength(1);
  });
});

describe('FIN five times', () => {
  test('on one connection is answered five times, before the draw and behind it', async () => {
    const { server, port } = await stage.startServer(SETTINGS);
    await placeBets(port);
    const client = await RawClient.open(port);
    client.write(finOf(1).repeat(5));
    await server.untilOutput(/receive_fin/);
    const others = [fin(port, 2), fin(port, 3)];
    const five = WINS[0]!.repeat(5);
    expect(await client.read(five.length)).toBe(five);
    client.write(finOf(1).repeat(5));
    expect(await client.read(five.length)).toBe(five);
    client.endWriting();
    expect(await client.readToEnd()).toBe('');
    expect(await Promise.all(others)).toEqual(WINS.slice(1));
    expect(server.output.match(/sorteo \| result: success/g)).toHaveLength(1);
  });

  test('on five connections is answered on each', async () => {
    const { server, port } = await stage.startServer(SETTINGS);
    await placeBets(port);
    const five = Array.from({ length: 5 }, () => fin(port, 1));
    const others = [fin(port, 2), fin(port, 3)];
    expect(await Promise.all(five)).toEqual(Array.from({ length: 5 }, () => WINS[0]));
    expect(await Promise.all(others)).toEqual(WINS.slice(1));
    expect(server.output.match(/sorteo \| result: success/g)).toHaveLength(1);
  });

  test('of several agencies on one connection, each gets its own', async () => {
    const { port } = await stage.startServer(SETTINGS);
    await placeBets(port);
    const client = await RawClient.open(port);
    client.write([3, 1, 2, 1, 3].map(finOf).join(''));
    const replies: string[] = [];
    for (let count = 0; count < 5; count++) replies.push(await client.readReply());
    expect(replies.sort()).toEqual([WINS[0], WINS[0], WINS[1], WINS[2], WINS[2]]);
  });
});

test.each(['close', 'reset'] as const)(
  'an agency that leaves after its FIN by %s comes back after the draw and gets its WIN',
  async (leave) => {
    const { server, port } = await stage.startServer(SETTINGS);
    await placeBets(port);
    const client = await RawClient.open(port);
    client.write(finOf(1));
    await server.untilOutput(/receive_fin/);
    client[leave]();
    expect(await Promise.all([fin(port, 2), fin(port, 3)])).toEqual(WINS.slice(1));
    expect(await fin(port, 1)).toBe(WINS[0]);
    expect(server.output).not.toMatch(/WARNING|ERROR/);
  },
);

/** The last ones are 2^64 + 1 and the greatest that fits: they must not come out as agency 1. */
const UNKNOWN = [0n, BigInt(AGENCIES + 1), 10n ** 19n, 2n ** 64n + 1n, 10n ** 20n - 1n];

test.each(UNKNOWN)('a FIN of agency %s is refused, and the connection goes on', async (agency) => {
  const { server, port } = await stage.startServer(SETTINGS);
  await placeBets(port);
  const client = await RawClient.open(port);
  client.write(`${finOf(agency)}FIN${String(agency).padStart(20, '0')}\n${finOf(1)}`);
  for (let count = 0; count < 2; count++) {
    expect(await client.readReply()).toMatch(/^ERR,\d{8}0,unknown-agency,[^\n]+\n$/);
  }
  expect(await Promise.all([fin(port, 2), fin(port, 3)])).toEqual(WINS.slice(1));
  expect(await client.readReply()).toBe(WINS[0]);
  expect(server.output.match(/sorteo \| result: success/g)).toHaveLength(1);
});
