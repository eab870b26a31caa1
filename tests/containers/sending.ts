import { linesOf, untilLine } from '../support/docker_container';
import { rowsOf } from '../support/docker_bets';
import { databaseIn } from '../support/docker_database';
import { withLedger } from '../support/docker_ledger';
import { ComposeProject, ProjectPlan } from '../support/docker_project';
import { agenciesOf } from '../support/docker_result';

/** A bet in each batch, a batch in flight, a line for each confirmation: sending takes seconds, and shows. */
export const SLOW_SENDING = {
  betsEach: 3_000,
  environment: { CLI_BATCH_MAXAMOUNT: '1', CLI_BATCH_WINDOW: '1', CLI_LOG_LEVEL: 'DEBUG' },
};

/** Batches and window as they are every day, so many bets that sending takes seconds. */
export const FULL_LOAD = { betsEach: 600_000, environment: { CLI_LOG_LEVEL: 'DEBUG' } };

const CONFIRMATION = /action: receive_confirmation \| result: success \| batch: \d+ \| cantidad: (\d+)/;
/** Confirmations that each agency has had when it counts as sending. */
const UNDER_WAY = 30;

/** Brings a project up and waits until every agency is in the middle of its file. */
export async function startSending(plan: ProjectPlan): Promise<ComposeProject> {
  const project = ComposeProject.of(plan);
  await project.up();
  await Promise.all(project.clients.map((client) => untilLine(client, CONFIRMATION, UNDER_WAY)));
  return project;
}

/** Bets for whose batches the agency has had an ACK: each line of its log is one. */
async function acknowledgedBets(project: ComposeProject, agency: number): Promise<number> {
  const lines = await linesOf(project.client(agency));
  return lines.reduce((sum, line) => sum + Number(CONFIRMATION.exec(line)?.[1] ?? 0), 0);
}

/** An agency's bets as rows of its file, in the order of their ids. */
async function storedRows(project: ComposeProject, agency: number): Promise<string[]> {
  if (project.serverNames.length === 0) return withLedger(project.server, (ledger) => ledger.rows(agency));
  const numbered = await databaseIn(project.database, project.ledger).numberedRows(agency);
  return numbered.map((row) => row.slice(row.indexOf(',') + 1));
}

/**
 * No server runs, and all were interrupted while agencies were sending: what each agency had an ACK for is in the
 * ledger, once, and this is the beginning of its file, not all of it.
 */
export async function expectNothingAcknowledgedLost(project: ComposeProject): Promise<void> {
  for (const agency of agenciesOf(project)) {
    const acknowledged = await acknowledgedBets(project, agency);
    const stored = await storedRows(project, agency);
    const rows = rowsOf(project.dataFile(agency));
    expect(acknowledged).toBeGreaterThanOrEqual(UNDER_WAY);
    expect(stored.length).toBeGreaterThanOrEqual(acknowledged);
    expect(stored.length).toBeLessThan(rows.length);
    expect(stored.join('\n') === rows.slice(0, stored.length).join('\n')).toBe(true);
  }
}

/** The agency was interrupted in the middle of its file: it has not come to its FIN. */
export async function expectStillSending(project: ComposeProject, agency: number): Promise<void> {
  const lines = await linesOf(project.client(agency));
  expect(lines.filter((line) => line.includes('action: send_fin'))).toEqual([]);
}
