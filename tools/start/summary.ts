/** What is printed at the end of a run. */
import { join } from 'node:path';

import { grouped, seconds, table, wrapped } from '../table';
import { winnersFile } from './agency_program';
import { perSecond } from './agency_state';
import { AgencyResult, RunResult } from './run';
import { ledgerFolder } from './server_program';

/** At most this many winners are listed on a terminal; more are only counted. */
export const MAX_LISTED_WINNERS = 40;

const HEADING = ['agency', 'bets', 'rows left out', 'winners', 'stored after'];
const QUERY = 'SELECT agency, count(*) AS bets FROM bets GROUP BY agency';

/**
 * The text: a table of the agencies, the sums, and where the files are.
 *
 * @param columns the width of the terminal, on which a few winners are listed too; `undefined` if there is none
 */
export function summary(result: RunResult, runFolder: string, columns: number | undefined): string {
  const { agencies, tookMs } = result;
  const bets = sum(agencies, ({ storedBets }) => storedBets);
  const leftOut = sum(agencies, ({ leftOutRows }) => leftOutRows);
  const winners = sum(agencies, (agency) => agency.winners.length);
  const rows = agencies.map((agency) => [
    String(agency.agency),
    grouped(agency.storedBets),
    grouped(agency.leftOutRows),
    grouped(agency.winners.length),
    seconds(agency.storedAfterMs, 1),
  ]);
  const lists = columns !== undefined && winners <= MAX_LISTED_WINNERS ? winnerLists(agencies, columns) : '';
  return (
    `\n${table(HEADING, rows, ['total', grouped(bets), grouped(leftOut), grouped(winners), ''])}` +
    `${lists === '' ? '' : `\n${lists}`}\n` +
    `bets:    ${grouped(bets)}\n` +
    `time:    ${seconds(tookMs, 2)} from starting the agencies to the last WIN` +
    ` (${grouped(perSecond(bets, tookMs))} bets/s)\n` +
    places(agencies, runFolder)
  );
}

function winnerLists(agencies: readonly AgencyResult[], columns: number): string {
  return agencies
    .filter(({ winners }) => winners.length > 0)
    .map(({ agency, winners }) => wrapped(`winners of agency ${agency}:`, winners, columns))
    .join('');
}

/** The command is broken so that it fits a narrow terminal, and works when it is pasted. */
function places(agencies: readonly AgencyResult[], runFolder: string): string {
  const ledger = join(ledgerFolder(runFolder), 'lottery.db');
  const only = agencies.length === 1 ? agencies[0] : undefined;
  return (
    `winners: ${winnersFile(runFolder, only?.agency ?? '*')}\n` +
    `ledger:  ${ledger}; to look into it:\n` +
    `  sqlite3 -box ${shellWord(ledger)} \\\n` +
    `    '${QUERY}'\n`
  );
}

function sum(agencies: readonly AgencyResult[], read: (agency: AgencyResult) => number): number {
  return agencies.reduce((total, agency) => total + read(agency), 0);
}

/** The text as one word of a shell's command line. */
function shellWord(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replace(/'/g, `'\\''`)}'`;
}
