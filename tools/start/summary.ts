/** What is printed at the end of a run. */
import { ledgerFile } from '../server_program';
import { shellWord } from '../shell_word';
import { grouped, seconds, table, wrapped } from '../table';
import { winnersFile } from './agency_program';
import { perSecond } from './agency_state';
import { longerRun } from './arguments';
import { AgencyResult, RunResult } from './run';

/** At most this many winners are listed on a terminal; more are only counted. */
export const MAX_LISTED_WINNERS = 40;
/** So many agencies are named that have failed, or have left out rows. */
export const MAX_NAMED_AGENCIES = 20;

/** The columns of the table: a name, a shorter one, and what stands in it. */
const COLUMNS: readonly {
  readonly name: string;
  readonly short: string;
  readonly cell: (agency: AgencyResult) => string;
}[] = [
  { name: 'agency', short: 'agency', cell: ({ agency }) => String(agency) },
  { name: 'bets', short: 'bets', cell: ({ storedBets }) => grouped(storedBets) },
  { name: 'rows left out', short: 'left out', cell: ({ leftOutRows }) => grouped(leftOutRows) },
  {
    name: 'winners',
    short: 'winners',
    cell: ({ winners, failure }) =>
      winners === undefined ? (failure === undefined ? 'no draw' : 'failed') : grouped(winners.length),
  },
  { name: 'stored after', short: 'after', cell: ({ storedAfterMs }) => seconds(storedAfterMs, 1) },
];
/** How the table is set, the first that fits the terminal; the last one fits any that can be worked on. */
const LAYOUTS = [
  { key: 'name', gapColumns: 3, count: COLUMNS.length },
  { key: 'short', gapColumns: 2, count: COLUMNS.length },
  { key: 'short', gapColumns: 1, count: COLUMNS.length },
  { key: 'short', gapColumns: 1, count: COLUMNS.length - 1 },
] as const;
const QUERY = 'SELECT agency, count(*) AS bets FROM bets GROUP BY agency';

/** What the summary is made for. */
export interface SummarySetting {
  readonly runFolder: string;
  /** The width of the terminal, on which a few winners are listed too; `undefined` if there is none. */
  readonly columns: number | undefined;
  /** Whether bets were made for the run; a command for a longer one is of no use then. */
  readonly isLong: boolean;
}

/** The text: a table of the agencies, the sums, where the files are, and how to watch a longer run. */
export function summary(result: RunResult, { runFolder, columns, isLong }: SummarySetting): string {
  const { agencies, tookMs } = result;
  const bets = sum(agencies, ({ storedBets }) => storedBets);
  const isDrawn = agencies.some(({ winners }) => winners !== undefined);
  const lists = columns === undefined ? '' : winnerLists(agencies, columns);
  const until = isDrawn ? 'the last WIN' : 'the last bet; there was no draw';
  return (
    `\n${agenciesTable(agencies, columns)}` +
    `${lists === '' ? '' : `\n${lists}`}\n` +
    `bets:    ${grouped(bets)}\n` +
    wrapped(
      'time:   ',
      `${seconds(tookMs, 2)} from starting the agencies to ${until} (${grouped(perSecond(bets, tookMs))} bets/s)`.split(
        ' ',
      ),
      columns ?? Number.MAX_SAFE_INTEGER,
    ) +
    places(agencies, runFolder, isDrawn) +
    (isLong ? '' : `to watch a longer one:\n  ${longerRun(agencies.length)}\n`)
  );
}

/** A line for each agency that has failed or has left out rows: why, and where the reasons are. */
export function failureLines({ agencies }: RunResult): readonly string[] {
  const lines = agencies.flatMap(({ agency, failure, leftOutRows, leftOutFile }) => [
    ...(failure === undefined ? [] : [failure]),
    ...(leftOutFile === undefined
      ? []
      : [
          `agency ${agency}: ${leftOutRows === 0 ? 'rows that cannot be sent' : leftOutText(leftOutRows)}: ${leftOutFile}`,
        ]),
  ]);
  const more = lines.length - MAX_NAMED_AGENCIES;
  return more <= 0 ? lines : [...lines.slice(0, MAX_NAMED_AGENCIES), `and ${more} lines more of this kind`];
}

/** What of a run that did not come to its end is stored, and where. */
export function endText({ agencies }: RunResult, runFolder: string): string {
  const bets = sum(agencies, ({ storedBets }) => storedBets);
  if (bets === 0) return `no bet was acknowledged; the logs lie in ${runFolder}`;
  return `${grouped(bets)} ${bets === 1 ? 'bet was' : 'bets were'} acknowledged and lie in ${ledgerFile(runFolder)}`;
}

function agenciesTable(agencies: readonly AgencyResult[], columns: number | undefined): string {
  const total = [
    'total',
    grouped(sum(agencies, ({ storedBets }) => storedBets)),
    grouped(sum(agencies, ({ leftOutRows }) => leftOutRows)),
    grouped(sum(agencies, ({ winners }) => winners?.length ?? 0)),
    '',
  ];
  const texts = LAYOUTS.map(({ key, gapColumns, count }) => {
    const shown = COLUMNS.slice(0, count);
    return table(
      shown.map((column) => column[key]),
      agencies.map((agency) => shown.map(({ cell }) => cell(agency))),
      total.slice(0, count),
      { gapColumns },
    );
  });
  return texts.find((text) => columns === undefined || widthOf(text) <= columns) ?? texts.at(-1)!;
}

function widthOf(text: string): number {
  return text.split('\n').reduce((width, line) => Math.max(width, line.length), 0);
}

function winnerLists(agencies: readonly AgencyResult[], columns: number): string {
  if (sum(agencies, ({ winners }) => winners?.length ?? 0) > MAX_LISTED_WINNERS) return '';
  return agencies
    .map(({ agency, winners = [] }) =>
      winners.length === 0 ? '' : wrapped(`winners of agency ${agency}:`, winners, columns),
    )
    .join('');
}

/** The command is broken so that it fits a narrow terminal, and works when it is pasted. */
function places(agencies: readonly AgencyResult[], runFolder: string, isDrawn: boolean): string {
  const ledger = ledgerFile(runFolder);
  const only = agencies.length === 1 ? agencies[0] : undefined;
  return (
    (isDrawn ? `winners: ${winnersFile(runFolder, only?.agency ?? '*')}\n` : '') +
    `ledger:  ${ledger}; to look into it:\n` +
    `  sqlite3 -box ${shellWord(ledger)} \\\n` +
    `    '${QUERY}'\n`
  );
}

function leftOutText(rows: number): string {
  return rows === 1 ? '1 row was left out' : `${grouped(rows)} rows were left out`;
}

function sum(agencies: readonly AgencyResult[], read: (agency: AgencyResult) => number): number {
  return agencies.reduce((total, agency) => total + read(agency), 0);
}
