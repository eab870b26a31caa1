/** What a server makes of a damaged ledger, and whether that is allowed. */
import { setTimeout as pause } from 'node:timers/promises';
import { join } from 'node:path';

import SqliteDatabase from 'better-sqlite3';

import { withDatabase } from '../../support/ledger_file';
import { Program, Stage, tcpPortOf } from '../../support/programs';
import { RawClient } from '../../support/raw_client';
import { agencyLine, batchOfText } from '../../support/wire';
import { AGENCIES, allAgencies, batchesOf, betsOf, winOf } from './made_ledger';

/** How long a server is given to answer anything. */
const PATIENCE_MS = 8_000;
/** How often an agency comes back that was refused for the moment. */
const RETRIES = 2;

/** What a line says that names the damage. */
const DAMAGE = /damaged|malformed|corrupt|not a database/;

/** Everything that could be seen. */
export interface Outcome {
  /**
   * `refused`: not started, with one clear line. `draw failed` and `store failed`: with a log line that names the
   * damage, and without a WIN. `right`: every WIN and every bet. `right after sending again`: the same, but acknowledged bets were missing at first, as they
   * may be when the end of the log is gone.
   * Everything else breaks the rule.
   */
  readonly name: string;
  readonly isAllowed: boolean;
  readonly detail: string;
}

const allowed = (name: string, detail = ''): Outcome => ({ name, isAllowed: true, detail });
const broken = (name: string, detail: string): Outcome => ({ name, isAllowed: false, detail });

/** Starts a server on a ledger and lets all agencies send everything again and finish. */
export async function playOn(stage: Stage, folder: string, isViewCounted: boolean): Promise<Outcome> {
  const server = stage.run('server/main.js', {
    SERVER_PORT: '0',
    SERVER_LISTEN_ADDRESS: '127.0.0.1',
    DATA_DIR: folder,
    AGENCIES: String(AGENCIES),
  });
  const port = await withinPatience(tcpPortOf(server).catch(() => 'ended' as const));
  if (port === 'late') return broken('hangs at the start', server.output);
  if (port === 'ended') return judgeRefusal(await server.exit, server);
  const outcome = await playAgencies(server, port);
  server.signal('SIGTERM');
  const exit = await withinPatience(server.exit);
  if (isTrace(server)) return broken('stack trace', server.errors);
  // A ledger that cannot be drawn from is of no more use: the server ends by itself, and says so in one line.
  const isEndOfDamage = outcome.name === 'draw failed' && exit === 1 && /^[^\n]+\n$/.test(server.errors);
  if (outcome.isAllowed && exit !== 0 && !isEndOfDamage)
    return broken(`ends with ${exit}`, `${outcome.name}: ${server.errors}`);
  if (outcome.name === 'draw failed' && !isEndOfDamage)
    return broken('goes on with a ledger that is damaged', server.output);
  if (!outcome.name.startsWith('right') || !isViewCounted) return outcome;
  return viewDifference(folder) ?? outcome;
}

function judgeRefusal(exit: number | string, server: Program): Outcome {
  const { errors } = server;
  const isOneLine = /^[^\n]+\n$/.test(errors);
  if (exit === 1 && isOneLine && /lottery|ledger/.test(errors) && !isTrace(server))
    return allowed('refused', errors);
  return broken(`refused with exit ${exit} and no clear line`, errors);
}

function isTrace({ output, errors }: Program): boolean {
  return /\n\s+at \S+/.test(errors) || /\n\s+at \S+/.test(output);
}

async function playAgencies(server: Program, port: number): Promise<Outcome> {
  const missing = await countMissing(port);
  const wins = allAgencies().map((agency) => sellAll(port, agency));
  const failed = server.untilOutput(/(?:sorteo|hold_draw) \| result: fail[^\n]*/).then(
    ([line]) => ({ line }),
    () => ({ line: undefined }),
  );
  const played = await withinPatience(Promise.race([Promise.all(wins), failed]));
  if (played === 'late') return broken('hangs', tail(server));
  if (!Array.isArray(played)) {
    const { line } = played;
    if (line === undefined) return broken('dies', tail(server));
    const won = await Promise.all(wins.map((win) => Promise.race([win, pause(20, 'none')])));
    if (won.some((win) => win.startsWith('WIN,'))) return broken('WIN in spite of a failed draw', line);
    return DAMAGE.test(line)
      ? allowed('draw failed', line)
      : broken('draw failed, with no word of the damage', line);
  }
  const refusal = played.some((win) => !win.startsWith('WIN,'));
  const failure = /store \| result: fail[^\n]*/.exec(server.output)?.[0];
  if (refusal && failure !== undefined && DAMAGE.test(failure)) return allowed('store failed', failure);
  for (const [index, win] of played.entries()) {
    if (!win.startsWith('WIN,')) return broken('an agency cannot finish', `${win} ${tail(server)}`);
    if (win !== winOf(index + 1)) return broken('wrong WIN', `agency ${index + 1}: ${win}`);
  }
  if (missing === 0) return allowed('right');
  // The folder's lock file knows that a ledger was made there.
  if (missing === allAgencies().flatMap(betsOf).length)
    return broken('begun anew in silence', 'all bets were missing');
  return allowed('right after sending again', `${missing} bets were missing`);
}

/** How many acknowledged bets the server does not know of. */
async function countMissing(port: number): Promise<number> {
  let missing = 0;
  for (const agency of allAgencies()) {
    const client = await RawClient.open(port);
    client.write(agencyLine('ASK', agency));
    const reply = await withinPatience(client.readReply());
    client.close();
    const stored = Number(reply.trim().split(',').at(-1));
    missing += Math.max(0, betsOf(agency).length - (Number.isNaN(stored) ? 0 : stored));
  }
  return missing;
}

/** Sends every batch and a FIN; the WIN, or the last refusal. */
async function sellAll(port: number, agency: number): Promise<string> {
  const texts = batchesOf(agency);
  let last = '';
  for (let tries = 0; tries <= RETRIES; tries++) {
    const client = await RawClient.open(port).catch(() => undefined);
    if (client === undefined) continue;
    try {
      last = '';
      for (let batchId = 1; batchId <= texts.length && isGoingOn(last); batchId++) {
        client.write(batchOfText(batchId, texts[batchId - 1]!));
        last = await client.readReply();
      }
      if (!isGoingOn(last)) continue;
      client.write(agencyLine('FIN', agency));
      last = await client.readReply();
      if (last.startsWith('WIN,')) return last;
    } finally {
      client.close();
    }
  }
  return last === '' ? 'no answer' : last;
}

/** A final refusal of one batch is for this agency no reason to stop: the draw must find what is wrong. */
function isGoingOn(reply: string): boolean {
  return reply === '' || reply.startsWith('ACK,') || /,(batch-conflict|closed),/.test(reply);
}

/** Whether the view has every bet once, as it was sent. */
function viewDifference(folder: string): Outcome | undefined {
  try {
    const rows = withDatabase(new SqliteDatabase(join(folder, 'lottery.db')), (database) =>
      database.prepare<[], (string | number)[]>('SELECT * FROM bets').raw().all(),
    );
    const stored = rows.map((row) => row.join(',')).sort();
    const expected = allAgencies().flatMap(betsOf).sort();
    const isSame = stored.length === expected.length && stored.every((bet, index) => bet === expected[index]);
    if (isSame) return undefined;
    const wrong = stored.find((bet) => !expected.includes(bet));
    return broken('wrong view', `${stored.length} of ${expected.length} bets, for instance ${wrong}`);
  } catch (error) {
    return broken('unreadable view', String(error));
  }
}

function tail({ output, errors }: Program): string {
  return (output + errors).split('\n').slice(-6).join(' / ');
}

async function withinPatience<Result>(result: Promise<Result>): Promise<Result | 'late'> {
  const timer = new AbortController();
  const late = pause(PATIENCE_MS, 'late' as const, { signal: timer.signal }).catch(() => 'late' as const);
  try {
    return await Promise.race([result, late]);
  } finally {
    timer.abort();
  }
}
