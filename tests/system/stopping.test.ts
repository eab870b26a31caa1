/** SIGTERM in every state of both programs: exit 0 within a second, and nothing acknowledged is lost. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';

import SqliteDatabase, { Database } from 'better-sqlite3';

import { AGENCIES, dataFile, winnersOf } from '../support/data';
import { expectStopInTime, Program, Stage } from '../support/programs';
import { RawClient } from '../support/raw_client';

let stage: Stage;
beforeEach(() => (stage = new Stage()));
afterEach(() => stage.close());

async function expectToStop(program: Program): Promise<void> {
  await expectStopInTime(program);
  expect(await program.exit).toBe(0);
  expect(program.output).toMatch(/action: shutdown \| result: success/);
}

describe('the server', () => {
  test('while idle, with idle connections', async () => {
    const { server, port } = await stage.startServer();
    const clients = await Promise.all(Array.from({ length: 20 }, () => RawClient.open(port)));
    await expectToStop(server);
    for (const client of clients) expect(await client.readToEnd()).toBe('');
  });

  test('in the middle of a message', async () => {
    const { server, port } = await stage.startServer();
    const client = await RawClient.open(port);
    client.write('ECHO one\nBET00000105000200000001;1,1,half');
    await client.read('ECHO one\n'.length);
    await expectToStop(server);
  });

  test('with agencies that wait for the draw', async () => {
    const { server, port } = await stage.startServer();
    const client = await RawClient.open(port);
    client.write(`FIN${'1'.padStart(20)}\n`);
    await server.untilOutput(/action: receive_fin/);
    await expectToStop(server);
    expect(await client.readToEnd()).toBe('');
  });

  test('with agencies in mid-sending: they go on with the next server, and every bet counts once', async () => {
    const { server, port } = await stage.startServer({ LOGGING_LEVEL: 'DEBUG' });
    const agencies = AGENCIES.map((agency) => stage.startAgency(agency, port, { CLI_BATCH_MAXAMOUNT: '20' }));
    await server.untilOutput(/apuesta_recibida/);
    await expectToStop(server);
    await stage.startServer({ SERVER_PORT: String(port) });
    for (const agency of agencies) expect(await agency.exit).toBe(0);
    for (const agency of AGENCIES) {
      const told = readFileSync(stage.path(`winners-${agency}.txt`), 'utf8');
      expect(told.split('\n').slice(0, -1)).toEqual(winnersOf(dataFile(agency)));
    }
  });

  test('with a client that never reads its answers', async () => {
    const { server, port } = await stage.startServer();
    const client = await RawClient.open(port);
    const line = `ECHO ${'x'.repeat(1000)}\n`;
    for (let count = 0; count < 20_000; count++) client.write(line);
    await server.untilOutput(/receive_message/);
    await expectToStop(server);
    client.close();
  });
});

describe('the server, while another program has locked the ledger for writing', () => {
  const BET = ';1,1,Ana,Paz,1,1987-03-17,7';
  const MESSAGE = `BET${String(BET.length).padStart(8, '0')}000100000001${BET}\n`;

  function lock(): Database {
    const other = new SqliteDatabase(stage.path('ledger/lottery.db'));
    other.exec('BEGIN IMMEDIATE');
    return other;
  }

  test('with a commit that waits: it says for what, and is stored once the lock is gone', async () => {
    const { server, port } = await stage.startServer();
    const other = lock();
    const client = await RawClient.open(port);
    client.write(MESSAGE);
    await server.untilOutput(
      /action: store \| result: in_progress \| reason: .*another program has locked it/,
    );
    other.exec('COMMIT');
    expect(await client.read(17)).toBe('ACK,00000004,1,1\n');
    other.exec('BEGIN IMMEDIATE');
    client.write('FIN                   1\n');
    await expectToStop(server);
    expect(server.output).not.toMatch(/result: fail/);
    other.close();
  });

  test('at the opening: it says so, and goes on once the lock is gone', async () => {
    const { server: first } = await stage.startServer();
    await expectToStop(first);
    const other = lock();
    const environment = { SERVER_PORT: '0', DATA_DIR: stage.path('ledger') };
    const stopping = stage.run('server/main.js', environment);
    await stopping.untilOutput(/action: store \| result: in_progress \| reason: the opening waits/);
    await expectToStop(stopping);
    const waiting = stage.run('server/main.js', environment);
    await waiting.untilOutput(/the opening waits/);
    other.close();
    await waiting.untilOutput(/action: open_ledger \| result: success/);
    await expectToStop(waiting);
  });
});

describe('an agency', () => {
  test('while it waits for the server', async () => {
    const agency = stage.startAgency(1, 9);
    await agency.untilOutput(/action: connect \| result: in_progress/);
    await expectToStop(agency);
  });

  test('while a server accepts and says nothing', async () => {
    const silent = createServer();
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const address = silent.address();
    const connected = once(silent, 'connection');
    const agency = stage.startAgency(1, typeof address === 'object' && address !== null ? address.port : 0);
    await connected;
    await expectToStop(agency);
    silent.close();
  });

  test('in mid-sending', async () => {
    const { port } = await stage.startServer();
    const agency = stage.startAgency(1, port, { CLI_BATCH_MAXAMOUNT: '1', CLI_LOG_LEVEL: 'DEBUG' });
    await agency.untilOutput(/receive_confirmation/);
    await expectToStop(agency);
  });

  test('while it waits for the draw', async () => {
    const { port } = await stage.startServer();
    const agency = stage.startAgency(5, port);
    await agency.untilOutput(/action: send_fin/);
    await expectToStop(agency);
  });

  test('SIGINT is as good', async () => {
    const { port } = await stage.startServer();
    const agency = stage.startAgency(5, port);
    await agency.untilOutput(/action: send_fin/);
    await expectStopInTime(agency, 'SIGINT');
    expect(await agency.exit).toBe(0);
  });
});
