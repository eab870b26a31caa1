/** DRAW_DEADLINE: the draw stops waiting for agencies that do not finish. */
import { writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

import type { DeadlineAction } from '../../server/ledger/draw';
import { betBytes } from '../../server/testing/bets';
import { builtModule } from '../support/built';
import { readLedgerFile } from '../support/ledger_file';
import { Program, Stage } from '../support/programs';
import { call, RawClient } from '../support/raw_client';
import { agencyLine } from '../support/wire';

const { Store } = builtModule<typeof import('../../server/ledger/sqlite/store')>(
  'server/ledger/sqlite/store',
);

let stage: Stage;
beforeEach(() => (stage = new Stage()));
afterEach(() => stage.close());

const WON = { number: 7574 };
const NO_WINNERS = 'WIN,00000000';
const CALLED_OFF = /^ERR,\d{8}0,closed,the draw was called off, agencies missing: 3\n$/;

const finOf = (agency: bigint | number): string => agencyLine('FIN', agency);
const deadline = (DRAW_DEADLINE: string, DRAW_DEADLINE_ACTION: string): Record<string, string> => ({
  AGENCIES: '3',
  DRAW_DEADLINE,
  DRAW_DEADLINE_ACTION,
});

/** Two agencies as programs, each with one winner. */
function startTwoAgencies(port: number): Program[] {
  return [1, 2].map((agency) => {
    const file = stage.path(`agency-${agency}.csv`);
    writeFileSync(file, `Ana,Paz,${agency}001,1990-01-01,7574\nEva,Paz,${agency}002,1990-01-01,1\n`);
    return stage.startAgency(agency, port, { CLI_DATA_FILE: file });
  });
}

/** A bet of the agency that never finishes. */
async function placeForThird(port: number): Promise<void> {
  expect(await call(port, betBytes(3, 1, [{ ...WON, document: '3001' }]))).toBe('ACK,00000004,3,1\n');
}

async function stop(server: Program): Promise<void> {
  server.signal('SIGTERM');
  expect(await server.exit).toBe(0);
}

/** Seconds and times in the ledger: when the first agency finished, and when the draw was stored. */
function readTimes(): { finishedAtMs: number; drawnAtMs: number; draws: number } {
  return readLedgerFile(stage.path('ledger'), (database) => {
    const finished = database.prepare('SELECT min(finished_at_ms) FROM finished_agencies').pluck().get();
    const drawn = database.prepare('SELECT drawn_at FROM draws').pluck().all();
    return { finishedAtMs: Number(finished), drawnAtMs: Date.parse(String(drawn[0])), draws: drawn.length };
  });
}

describe('so long after the first FIN', () => {
  test('the draw runs over the bets that are there, and late agencies are told so', async () => {
    const { server, port } = await stage.startServer(deadline('1s', 'draw'));
    await placeForThird(port);
    const startedAtMs = Date.now();
    for (const program of startTwoAgencies(port)) {
      expect(await program.exit).toBe(0);
      expect(program.output).toContain('action: consulta_ganadores | result: success | cant_ganadores: 1');
    }
    expect(Date.now() - startedAtMs).toBeGreaterThanOrEqual(1_000);
    const [line] = await server.untilOutput(/INFO +action: sorteo \| result: success[^\n]*/);
    expect(line).toMatch(/\| bets: 5 \| cant_ganadores: 3 \| missing: 3$/);
    const [, due] = /deadline \| result: in_progress \| draw_deadline: (\S+Z) \|/.exec(server.output) ?? [];
    expect(server.output.match(/action: deadline/g)).toHaveLength(1);

    expect(await call(port, betBytes(3, 2, [{ ...WON, id: 2 }]))).toMatch(/^ERR,\d{8}2,closed,/);
    expect(await call(port, betBytes(3, 1, [{ ...WON, document: '3001' }]))).toBe('ACK,00000004,3,1\n');
    expect(await call(port, finOf(3))).toBe('WIN,000000043001');
    await stop(server);
    const { finishedAtMs, drawnAtMs, draws } = readTimes();
    expect(draws).toBe(1);
    expect(drawnAtMs - finishedAtMs).toBeGreaterThanOrEqual(1_000);
    expect(Date.parse(due!)).toBe(finishedAtMs + 1_000);
  });

  test('an agency that comes late with bets fails with the reason, one without gets its WIN', async () => {
    const { port } = await stage.startServer(deadline('200ms', 'draw'));
    expect(await call(port, finOf(1))).toBe(NO_WINNERS);
    const [late, empty] = [stage.path('late.csv'), stage.path('empty.csv')];
    writeFileSync(late, 'Ana,Paz,1,1990-01-01,7574\n');
    writeFileSync(empty, '');
    const agency = stage.startAgency(3, port, { CLI_DATA_FILE: late });
    expect(await agency.exit).toBe(1);
    expect(agency.errors).toMatch(/^the server refuses batch 1 of agency 3: closed: .*\n$/);
    expect(await stage.startAgency(2, port, { CLI_DATA_FILE: empty, CLI_DATA_MAYBEEMPTY: 'true' }).exit).toBe(
      0,
    );
  });

  test('the draw is called off, every agency is told, and it stays so after a restart', async () => {
    const settings = deadline('500ms', 'call-off');
    const { server, port } = await stage.startServer(settings);
    for (const program of startTwoAgencies(port)) {
      expect(await program.exit).toBe(1);
      expect(program.errors).toMatch(
        /^the server refuses agency [12]: closed: the draw was called off, agencies missing: 3\n$/,
      );
    }
    expect(server.output).toMatch(
      /ERROR +action: sorteo \| result: fail \| reason: called off at the deadline \| missing: 3\n/,
    );
    expect(await call(port, finOf(3))).toMatch(CALLED_OFF);
    await stop(server);
    const again = await stage.startServer(settings);
    for (const agency of [1, 2, 3]) expect(await call(again.port, finOf(agency))).toMatch(CALLED_OFF);
    expect(await call(again.port, betBytes(3, 1))).toMatch(/^ERR,\d{8}1,closed,/);
    await stop(again.server);
    expect(again.server.output).not.toMatch(/sorteo|hold_draw/);
  });

  test('nobody waits when all have finished, and the deadline changes nothing afterwards', async () => {
    const { server, port } = await stage.startServer(deadline('300ms', 'call-off'));
    expect(await Promise.all([1, 2, 3].map((agency) => call(port, finOf(agency))))).toEqual(
      Array.from({ length: 3 }, () => NO_WINNERS),
    );
    const [draw] = await server.untilOutput(/sorteo \| result: success[^\n]*/);
    expect(draw).not.toContain('missing');
    await pause(400);
    expect(await call(port, finOf(2))).toBe(NO_WINNERS);
    expect(server.output.match(/sorteo/g)).toHaveLength(1);
    expect(server.output.match(/hold_draw/g)).toHaveLength(1);
  });

  test('it never begins before somebody has finished', async () => {
    const { server, port } = await stage.startServer(deadline('100ms', 'draw'));
    await placeForThird(port);
    await pause(300);
    expect(server.output).not.toMatch(/sorteo|hold_draw/);
    expect(await call(port, betBytes(3, 2, [{ id: 2 }]))).toBe('ACK,00000004,3,2\n');
  });
});

describe('across a restart it counts from the first FIN', () => {
  test('when it has not passed yet', async () => {
    const settings = deadline('2500ms', 'draw');
    const { server, port } = await stage.startServer(settings);
    const client = await RawClient.open(port);
    client.write(finOf(1));
    await server.untilOutput(/receive_fin/);
    server.signal('SIGKILL');
    await server.exit;
    await pause(1_200);
    const restartedAtMs = Date.now();
    const again = await stage.startServer(settings);
    expect(again.server.output).not.toMatch(/sorteo|hold_draw/);
    expect(await call(again.port, finOf(1))).toBe(NO_WINNERS);
    const { finishedAtMs, drawnAtMs } = readTimes();
    expect(drawnAtMs - finishedAtMs).toBeGreaterThanOrEqual(2_500);
    expect(drawnAtMs).toBeLessThan(restartedAtMs + 2_500);
  });

  test.each(['draw', 'call-off'])('when it passed meanwhile: %s at the start', async (action) => {
    const settings = deadline('600ms', action);
    const { server, port } = await stage.startServer(settings);
    await placeForThird(port);
    const client = await RawClient.open(port);
    client.write(finOf(1));
    await server.untilOutput(/receive_fin/);
    await stop(server);
    await pause(700);
    const again = await stage.startServer(settings);
    const output = again.server.output;
    expect(output.indexOf('hold_draw | result: in_progress')).toBeGreaterThan(0);
    expect(output.indexOf('hold_draw | result: in_progress')).toBeLessThan(
      output.indexOf('accept_connections'),
    );
    const answers = [
      /^WIN,000000043001$/,
      /^ERR,\d{8}0,closed,the draw was called off, agencies missing: 2, 3\n$/,
    ];
    expect(await call(again.port, finOf(3))).toMatch(answers[action === 'draw' ? 0 : 1]!);
  });
});

describe('at a time', () => {
  test('the draw runs though nobody has finished', async () => {
    const atMs = Date.now() + 1_500;
    const { server, port } = await stage.startServer(deadline(new Date(atMs).toISOString(), 'draw'));
    await placeForThird(port);
    const [line] = await server.untilOutput(/sorteo \| result: success[^\n]*/);
    expect(Date.now()).toBeGreaterThanOrEqual(atMs);
    expect(line).toMatch(/\| bets: 1 \| cant_ganadores: 1 \| missing: 1, 2, 3$/);
    expect(await call(port, finOf(3))).toBe('WIN,000000043001');
  });

  const anHourAgo = (moreMs: number): string => new Date(Date.now() - 3_600_000 - moreMs).toISOString();

  /** A ledger with one bet of agency 3. */
  async function sellFirst(): Promise<void> {
    const { server, port } = await stage.startServer({ AGENCIES: '3' });
    await placeForThird(port);
    await stop(server);
  }

  test('that has passed before the start is refused where nothing was sold', async () => {
    const server = stage.run('server/main.js', {
      SERVER_PORT: '0',
      DATA_DIR: stage.path('ledger'),
      ...deadline('2020-01-01T00:00:00Z', 'call-off'),
    });
    expect(await server.exit).toBe(2);
    expect(server.errors).toBe(
      'DRAW_DEADLINE: 2020-01-01T00:00:00.000Z has passed and the ledger holds no bets; allowed is a time to come\n',
    );
  });

  test('that has passed before the start closes the sale before the first agency comes', async () => {
    await sellFirst();
    const settings = deadline(anHourAgo(-60_000), 'call-off');
    const { server, port } = await stage.startServer(settings);
    expect(await call(port, betBytes(1, 1))).toMatch(/^ERR,\d{8}1,closed,/);
    const [line] = await server.untilOutput(/sorteo \| result: fail[^\n]*/);
    expect(line).toMatch(/called off at the deadline \| missing: 1, 2, 3$/);
    expect(server.output).toContain(
      `draw_deadline: ${settings['DRAW_DEADLINE']} | draw_deadline_action: call-off`,
    );
    await stop(server);
  });

  test('that passed more than an hour ago is held until it is confirmed; everything else is served', async () => {
    await sellFirst();
    const settings = deadline(anHourAgo(60_000), 'draw');
    const { server, port } = await stage.startServer(settings);
    expect(await call(port, betBytes(3, 2, [{ id: 2 }]))).toBe('ACK,00000004,3,2\n');
    await server.untilOutput(/WARNING +action: deadline \| [^\n]*DRAW_DEADLINE_OVERDUE = act[^\n]*\n/);
    expect(server.output).not.toMatch(/sorteo|hold_draw/);
    await stop(server);
    const confirmed = await stage.startServer({ ...settings, DRAW_DEADLINE_OVERDUE: 'act' });
    expect(await call(confirmed.port, finOf(3))).toBe('WIN,000000043001');
    await stop(confirmed.server);
  });
});

test.each(['draw', 'call-off'])(
  'a sale that was closed at a deadline (%s) and not drawn is completed at the next start, with no setting',
  async (action) => {
    const { server, port } = await stage.startServer({ AGENCIES: '3' });
    await placeForThird(port);
    const client = await RawClient.open(port);
    client.write(finOf(1));
    await server.untilOutput(/receive_fin/);
    await stop(server);
    closeSaleIn(stage.path('ledger'), action as DeadlineAction);
    const again = await stage.startServer({ AGENCIES: '3' });
    expect(await call(again.port, betBytes(3, 2, [{ id: 2 }]))).toMatch(/^ERR,\d{8}2,closed,/);
    expect(await call(again.port, finOf(3))).toMatch(
      action === 'draw'
        ? /^WIN,000000043001$/
        : /^ERR,\d{8}0,closed,the draw was called off, agencies missing: 2, 3\n$/,
    );
    expect(again.server.output).toContain('missing: 2, 3 | resumed: the sale was closed before');
    await stop(again.server);
  },
);

/** Closes the sale as a server does that is killed before its draw. */
function closeSaleIn(folder: string, action: DeadlineAction): void {
  const store = Store.open(folder, { agencies: 3, winnerNumber: 7_574 });
  store.begin();
  store.beginSegment(Buffer.alloc(0));
  store.closeSale(action);
  store.endSegment('PUT,/draw,201,0\n');
  store.commit();
  store.close();
}

test.each([
  ['DRAW_DEADLINE', 'soon'],
  ['DRAW_DEADLINE', '2026-02-30T00:00:00Z'],
  ['DRAW_DEADLINE', '10'],
  ['DRAW_DEADLINE_ACTION', 'wait'],
  ['DRAW_DEADLINE_OVERDUE', 'wait'],
])('%s=%s is refused in one line', async (key, value) => {
  const server = stage.run('server/main.js', {
    SERVER_PORT: '0',
    DATA_DIR: stage.path('ledger'),
    [key]: value,
  });
  expect(await server.exit).toBe(2);
  expect(server.errors).toMatch(
    new RegExp(`^environment: ${key}: "${value}" is wrong; allowed is [^\\n]*\\n$`),
  );
});
