/** One agency's id, two files or two programs: nobody goes on where somebody else has stopped (PROTOCOL.md, R27). */
import { writeFileSync } from 'node:fs';

import { Program, Stage } from '../support/programs';

let stage: Stage;
beforeEach(() => (stage = new Stage()));
afterEach(() => stage.close());

/** Rows of one file; another `first` is another file of the same length. */
function rowsOf(first: number, rows: number): string {
  return Array.from({ length: rows }, (_, row) => `Ana,Paz,${first + row},1990-01-01,7574\n`).join('');
}

function fileOf(name: string, content: string): string {
  const file = stage.path(name);
  writeFileSync(file, content);
  return file;
}

function startServer(agencies = '1'): Promise<{ server: Program; port: number }> {
  return stage.startServer({ AGENCIES: agencies, LOGGING_LEVEL: 'DEBUG' });
}

/** Sells a file without ending the sale. */
async function sell(port: number, file: string, environment: Record<string, string> = {}): Promise<void> {
  const agency = stage.startAgency(1, port, {
    CLI_DATA_FILE: file,
    CLI_DATA_FINISH: 'false',
    CLI_DATA_SOLDFILE: stage.path('sold-before.json'),
    ...environment,
  });
  expect(`${await agency.exit} ${agency.errors}`).toBe('0 ');
}

test.each([
  ['another file', rowsOf(5_000, 400), 1, '1 to 50'],
  ['the same file with one changed row', rowsOf(1_000, 400).replace(',1123,', ',1124,'), 3, '101 to 150'],
  ['the same file with one row less', rowsOf(1_000, 400).replace(/^.*\n/, ''), 1, '1 to 50'],
])('an agency that is started with %s sells nothing and ends no sale', async (_, content, batch, bets) => {
  const { server, port } = await startServer();
  await sell(port, fileOf('first.csv', rowsOf(1_000, 200)), { CLI_BATCH_MAXAMOUNT: '50' });
  const before = server.output.match(/apuesta_recibida/g)?.length;
  const agency = stage.startAgency(1, port, { CLI_DATA_FILE: fileOf('second.csv', content) });
  expect(await agency.exit).toBe(1);
  expect(agency.errors).toContain(
    `other bets are being sold under the id of agency 1, or this is not the file that was sold before: ` +
      `batch ${batch} (the bets ${bets}) is the first that differs; nothing more was sent, and no FIN`,
  );
  expect(agency.errors).toMatch(/^[^\n]+\n$/);
  expect(server.output.match(/apuesta_recibida/g)?.length).toBe(before);
  expect(server.output).not.toContain('receive_fin');
});

test('an agency that is started with the same file and more rows goes on, whatever its batches', async () => {
  const { server, port } = await startServer();
  await sell(port, fileOf('first.csv', rowsOf(1_000, 200)), { CLI_BATCH_MAXAMOUNT: '50' });
  const agency = stage.startAgency(1, port, {
    CLI_DATA_FILE: fileOf('grown.csv', rowsOf(1_000, 330)),
    CLI_BATCH_MAXAMOUNT: '70',
  });
  expect(`${await agency.exit} ${agency.errors}`).toBe('0 ');
  expect(server.output).toMatch(/sorteo \| result: success .*bets: 330/);
});

test('of two agencies with one id and other bets, sent at once, one is refused; no bet of the other is lost', async () => {
  // The second agency keeps the draw from running.
  const { server, port } = await startServer('2');
  const files = [1_000_000, 2_000_000].map((first) => fileOf(`${first}.csv`, rowsOf(first, 20_000)));
  const agencies = files.map((file) =>
    stage.startAgency(1, port, { CLI_DATA_FILE: file, CLI_BATCH_MAXAMOUNT: '50' }),
  );
  const refused = await Promise.race(
    agencies.map((agency) => agency.exit.then((code) => ({ agency, code }))),
  );
  expect(refused.code).toBe(1);
  expect(refused.agency.errors).toMatch(/other bets are being sold under the id of agency 1/);
  expect(refused.agency.output).toMatch(/action: shutdown \| result: fail .*sale: open/);
  await server.untilOutput(/receive_fin .*agency: 1\b/);
  const bets = [...server.output.matchAll(/apuesta_recibida .* cantidad: (\d+) .*again: false/g)];
  expect(bets.reduce((sum, [, count]) => sum + Number(count), 0)).toBe(20_000);
});
