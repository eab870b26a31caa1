/** Ledgers that real servers have left behind, and what they promised for them. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';

import SqliteDatabase from 'better-sqlite3';

import { withDatabase } from '../../support/ledger_file';
import { Program, Stage } from '../../support/programs';
import { RawClient } from '../../support/raw_client';
import { agencyLine, batchOfText, winReply } from '../../support/wire';

/** The lottery of all these ledgers. */
export const AGENCIES = 3;
const BATCHES_OF_AGENCY = 12;
const WINNER_NUMBER = 7574;

/** How the server left the ledger: this decides which files hold the bets. */
export const LEAVINGS = ['stopped', 'killed', 'killed behind a checkpoint', 'drawn and stopped'] as const;
export type Leaving = (typeof LEAVINGS)[number];

/** A ledger's folder. Every batch of {@link batchesOf} was acknowledged, and the FIN of agency 1 was taken. */
export interface MadeLedger {
  readonly leaving: Leaving;
  readonly folder: string;
  /** Whether no bet had been moved from the log into the database yet. */
  readonly isAllInLog: boolean;
}

/** The texts of an agency's batches, without the leading `;`; batch 1 is the first. */
export function batchesOf(agency: number): string[] {
  let betId = 0;
  return Array.from({ length: BATCHES_OF_AGENCY }, (_, index) => {
    // Some are longer than a page, so that the ledger has pages of every kind.
    const bets = index % 5 === 3 ? 420 : 3 + index;
    return Array.from({ length: bets }, () => betOf(agency, ++betId)).join(';');
  });
}

function betOf(agency: number, betId: number): string {
  const number = betId % 13 === agency ? WINNER_NUMBER : betId % WINNER_NUMBER;
  return `${agency},${betId},Íñigo "${betId}",de la Peña,${agency * 1_000_000 + betId},1987-03-17,${number}`;
}

/** All bets of an agency, one text for each. */
export function betsOf(agency: number): string[] {
  return batchesOf(agency).flatMap((text) => text.split(';'));
}

/** The WIN that an agency must get. */
export function winOf(agency: number): string {
  const fields = betsOf(agency).map((bet) => bet.split(','));
  const documents = fields.filter((bet) => Number(bet[6]) === WINNER_NUMBER).map((bet) => bet[4]!);
  return winReply(documents.join(','));
}

/** Lets a server take everything and leave. */
export async function makeLedger(stage: Stage, leaving: Leaving): Promise<MadeLedger> {
  const folder = stage.path(`made ${leaving}`);
  const { server, port } = await stage.startServer({ DATA_DIR: folder, AGENCIES: String(AGENCIES) });
  const clients = await Promise.all(allAgencies().map(() => RawClient.open(port)));
  const sell = (from: number, to: number): Promise<unknown> =>
    Promise.all(clients.map((client, index) => sellBatches(client, index + 1, from, to)));
  await sell(0, BATCHES_OF_AGENCY / 2);
  if (leaving === 'killed behind a checkpoint') beginLogAnew(folder);
  await sell(BATCHES_OF_AGENCY / 2, BATCHES_OF_AGENCY - 1);
  await sellBatches(clients[0]!, 1, BATCHES_OF_AGENCY - 1, BATCHES_OF_AGENCY);
  clients[0]!.write(agencyLine('FIN', 1));
  await server.untilOutput(/receive_fin/);
  // The last commits are those of agencies that have not finished.
  for (const index of [1, 2])
    await sellBatches(clients[index]!, index + 1, BATCHES_OF_AGENCY - 1, BATCHES_OF_AGENCY);
  if (leaving === 'drawn and stopped') await drawFor(clients, server);
  server.signal(leaving.startsWith('killed') ? 'SIGKILL' : 'SIGTERM');
  await server.exit;
  for (const client of clients) client.close();
  return { leaving, folder, isAllInLog: countWithoutLog(stage, folder, leaving) === 0 };
}

/** How many batches the database alone holds. */
function countWithoutLog(stage: Stage, folder: string, leaving: Leaving): number {
  const file = stage.path(`${leaving} without its log.db`);
  cpSync(join(folder, 'lottery.db'), file);
  return withDatabase(new SqliteDatabase(file), (database) =>
    Number(database.prepare('SELECT count(*) FROM batches').pluck().get()),
  );
}

/** 1 to the number of agencies. */
export function allAgencies(): number[] {
  return Array.from({ length: AGENCIES }, (_, index) => index + 1);
}

/** A copy that may be damaged. */
export function copyLedger({ folder }: MadeLedger, to: string): string {
  cpSync(folder, to, { recursive: true });
  return to;
}

async function sellBatches(client: RawClient, agency: number, from: number, to: number): Promise<void> {
  const texts = batchesOf(agency);
  for (let index = from; index < to; index++) {
    client.write(batchOfText(index + 1, texts[index]!));
    const reply = await client.readReply();
    if (!reply.startsWith('ACK,')) throw new Error(`agency ${agency}, batch ${index + 1}: ${reply}`);
  }
}

/** Moves the log into the database, so that the server's next commit overwrites its first frames. */
function beginLogAnew(folder: string): void {
  withDatabase(new SqliteDatabase(join(folder, 'lottery.db')), (database) =>
    database.pragma('wal_checkpoint(RESTART)'),
  );
}

async function drawFor(clients: readonly RawClient[], server: Program): Promise<void> {
  for (const [index, client] of clients.entries()) if (index > 0) client.write(agencyLine('FIN', index + 1));
  await server.untilOutput(/sorteo \| result: success/);
}
