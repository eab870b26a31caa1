/** What every lottery in containers must come to, whatever happened on the way. */
import type { Container } from 'dockerode';

import { linesOf, runIn, stop, untilExit } from './docker_container';
import { winnersOf } from './data';
import { rowsOf } from './docker_bets';
import { databaseIn } from './docker_database';
import { textFileOf } from './docker_files';
import { withLedger } from './docker_ledger';
import { ComposeProject, winnersPath } from './docker_project';

/** Waits for all agencies, stops the server, and holds everything against the files alone. */
export async function expectRightResult(project: ComposeProject): Promise<void> {
  for (const agency of agenciesOf(project)) await expectAgencyDone(project, agency);
  await expectOneDraw(project);
  await expectStoredOnce(project);
}

/** The same for several servers: waits for all agencies, and holds the database against the files alone. */
export async function expectRightResultTogether(project: ComposeProject): Promise<void> {
  for (const agency of agenciesOf(project)) await expectAgencyDone(project, agency);
  const database = databaseIn(project.database, project.ledger);
  expect(await database.countDraws()).toEqual({ stored: 1, logged: 1 });
  let bets = 0;
  for (const agency of agenciesOf(project)) {
    const rows = rowsOf(project.dataFile(agency)).map((row, index) => `${index + 1},${row}`);
    bets += rows.length;
    const stored = await database.numberedRows(agency);
    // Compared as one text: on a difference a list of so many would be printed for minutes.
    expect(stored.join('\n') === rows.join('\n')).toBe(true);
  }
  expect(await database.countBets()).toBe(bets);
}

/** The audit log and the ledger of a server that runs agree, as the tool in its image says. */
export async function expectAuditLogAgrees(server: Container): Promise<void> {
  const { exitCode, lines } = await runIn(server, 'node', 'dist/tools/audit/main.js', '--verify');
  expect({ exitCode, lines }).toEqual({
    exitCode: 0,
    lines: [expect.stringContaining('the log and the ledger agree: ') as string],
  });
}

/** 1 to N. */
export function agenciesOf({ agencies }: ComposeProject): number[] {
  return Array.from({ length: agencies }, (_, index) => index + 1);
}

/** The agency has ended well, and tells as many winners as its file holds. */
export async function expectAgencyDone(project: ComposeProject, agency: number): Promise<void> {
  const client = project.client(agency);
  const exitCode = await untilExit(client);
  const lines = await linesOf(client);
  expect({ agency, exitCode, lastLines: lines.slice(-3) }).toMatchObject({ exitCode: 0 });
  const winners = winnersOf(project.dataFile(agency));
  const told = lines.filter((line) => line.includes('action: consulta_ganadores'));
  expect(told).toEqual([
    expect.stringMatching(new RegExp(`\\| result: success \\| cant_ganadores: ${winners.length}$`)),
  ]);
  if (!project.writesWinners) return;
  const written = await textFileOf(client, winnersPath(agency));
  expect(written.split('\n').filter((line) => line !== '')).toEqual(winners);
}

/** In all the server's runs the draw has run once. */
async function expectOneDraw({ server }: ComposeProject): Promise<void> {
  const lines = await linesOf(server);
  expect(lines.filter((line) => line.includes('action: sorteo | result: success'))).toHaveLength(1);
}

/** Every row of every file is in the ledger, once, under its own number, and nothing else is. */
async function expectStoredOnce(project: ComposeProject): Promise<void> {
  const { exitCode } = await stop(project.server);
  expect(exitCode).toBe(0);
  await withLedger(project.server, (ledger) => {
    let bets = 0;
    for (const agency of agenciesOf(project)) {
      const rows = rowsOf(project.dataFile(agency));
      bets += rows.length;
      // Compared as one text: on a difference a list of so many would be printed for minutes.
      expect(ledger.rows(agency).join('\n') === rows.join('\n')).toBe(true);
      expect(ledger.betIds(agency).every((betId, index) => betId === index + 1)).toBe(true);
    }
    expect(ledger.countBets()).toBe(bets);
  });
}
