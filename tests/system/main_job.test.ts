/** The main job: five agencies, one server, one draw, as processes on the committed data. */
import { readFileSync } from 'node:fs';

import { AGENCIES, dataFile, rowsOf, winnersOf } from '../support/data';
import { readLedgerFile } from '../support/ledger_file';
import { Stage } from '../support/programs';
import { RawClient } from '../support/raw_client';
import { agencyLine, batch, padded, winReply } from '../support/wire';

let stage: Stage;
beforeEach(() => (stage = new Stage()));
afterEach(() => stage.close());

/** The bets of one agency as the ledger's view shows them, compared with the rows of its file. */
function expectLedgerHolds(folder: string, files: ReadonlyMap<number, string>): void {
  const select =
    'SELECT bet_id, first_name, last_name, document, birthdate, number FROM bets WHERE agency = ? ORDER BY bet_id';
  for (const [agency, file] of files) {
    const stored = readLedgerFile(folder, (database) => database.prepare(select).raw().all(agency));
    const expected = rowsOf(file).map(([first, last, document, birthdate, number], row) => [
      row + 1,
      first,
      last,
      document,
      birthdate,
      Number(number),
    ]);
    expect(stored).toEqual(expected);
  }
}

const FILES = new Map(AGENCIES.map((agency) => [agency as number, dataFile(agency)]));

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

function winnersFile(agency: number): string[] {
  return readFileSync(stage.path(`winners-${agency}.txt`), 'utf8')
    .split('\n')
    .filter((line) => line !== '');
}

test('every agency gets its winners, and the ledger holds every bet once', async () => {
  const { server, port } = await stage.startServer();
  const agencies = AGENCIES.map((agency) => stage.startAgency(agency, port));
  for (const [index, program] of agencies.entries()) {
    expect(await program.exit).toBe(0);
    const winners = winnersOf(dataFile(index + 1));
    expect(program.output).toContain(
      `action: consulta_ganadores | result: success | cant_ganadores: ${winners.length}`,
    );
    expect(winnersFile(index + 1)).toEqual(winners);
  }
  expect(server.output.match(/action: sorteo \| result: success/g)).toHaveLength(1);
  server.signal('SIGTERM');
  expect(await server.exit).toBe(0);
  const told = Array.from(server.output.matchAll(/apuesta_recibida \|.* cantidad: (\d+)$/gm), ([, bets]) =>
    Number(bets),
  );
  const rows = AGENCIES.map((agency) => rowsOf(dataFile(agency)).length);
  expect(sumOf(told)).toBe(sumOf(rows));
  expectLedgerHolds(stage.path('ledger'), FILES);
});

test('agencies may start before the server', async () => {
  const probe = await stage.startServer({ DATA_DIR: stage.path('unused') });
  probe.server.signal('SIGTERM');
  await probe.server.exit;
  const agencies = AGENCIES.map((agency) => stage.startAgency(agency, probe.port));
  for (const agency of agencies) await agency.untilOutput(/action: connect \| result: in_progress/);
  await stage.startServer({ SERVER_PORT: String(probe.port) });
  for (const agency of agencies) expect(await agency.exit).toBe(0);
  for (const agency of AGENCIES) expect(winnersFile(agency)).toEqual(winnersOf(dataFile(agency)));
});

test('a second run over the same ledger sends nothing again and gets the same winners', async () => {
  const { port } = await stage.startServer();
  for (let run = 0; run < 2; run++) {
    const agencies = AGENCIES.map((agency) =>
      stage.startAgency(agency, port, { CLI_BATCH_MAXAMOUNT: String(100 + run * 33) }),
    );
    for (const agency of agencies) expect(await agency.exit).toBe(0);
    for (const agency of AGENCIES) expect(winnersFile(agency)).toEqual(winnersOf(dataFile(agency)));
  }
  expectLedgerHolds(stage.path('ledger'), FILES);
});

/** Sends a file as the reference's client does: a connection for each message, and a reset behind each ACK. */
async function playReference(agency: number, port: number, batchSize: number): Promise<string> {
  const rows = rowsOf(dataFile(agency));
  for (let start = 0, batchId = 1; start < rows.length; start += batchSize, batchId++) {
    const bets = rows
      .slice(start, start + batchSize)
      .map((row, index) => `${agency},${start + index + 1},${row.join(',')}`);
    const client = await RawClient.open(port);
    client.write(batch(batchId, bets));
    // It reads the payload's length in bytes behind the header, which leaves the line feed unread.
    const expected = `,${agency},${batchId}`;
    const ack = await client.read(12 + expected.length);
    expect(ack).toBe(`ACK,${padded(expected.length, 8)}${expected}`);
    client.reset();
  }
  const client = await RawClient.open(port);
  client.write(agencyLine('FIN', agency));
  const win = await client.readReply();
  client.reset();
  return win;
}

test('a client that writes the reference’s bytes gets the same winners, and no error stands in the log', async () => {
  const { server, port } = await stage.startServer();
  const wins = await Promise.all(AGENCIES.map((agency) => playReference(agency, port, 100)));
  for (const [index, win] of wins.entries()) {
    expect(win).toBe(winReply(winnersOf(dataFile(index + 1)).join(',')));
  }
  expect(server.output).not.toMatch(/result: fail|ERROR|WARNING/);
  expectLedgerHolds(stage.path('ledger'), FILES);
});
