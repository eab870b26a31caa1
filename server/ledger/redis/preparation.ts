/** Opening the database: the ledger is made, or checked, and this build's functions are put into it. */
import { OperationError } from '../../../program/exit';
import type { DrawDeadline } from '../draw';
import { LedgerDamaged, LotteryTerms } from '../ledger';
import { otherLottery } from '../other_lottery';
import { agreeOnDeadline } from './agreed_deadline';
import type { Connection, Reply } from './connection';
import { KEYS, LEDGER_VERSION } from './database_constants';
import { isAlive } from './draw_lock';
import { FunctionLibrary, loadLibrary } from './library';
import { callFunction } from './run';
import { numberOrNone } from './state';

/**
 * Makes the ledger where there is none, and checks the lottery's terms against those that it was made for. Several servers
 * may do so at once.
 *
 * A server that opens the ledger puts its functions in place of another build's: servers of that build find at their next
 * group that the digest is another, and end.
 *
 * @throws ConfigurationError when the ledger is that of a lottery with other terms, or other servers have another deadline
 * @throws OperationError when the ledger is of a newer version, or damaged
 */
export async function prepareDatabase(
  connection: Connection,
  terms: LotteryTerms,
  deadline: DrawDeadline | undefined,
  library: FunctionLibrary,
): Promise<void> {
  await requireVersion(connection);
  await requireKnownConnections(connection);
  await loadLibrary(connection, library);
  await callFunction(connection, 'try', []);
  const { agencies, winnerNumber } = terms;
  const words = [LEDGER_VERSION, agencies, winnerNumber ?? ''].map(String);
  await callFunction(connection, 'make', words);
  await requireTerms(connection, terms);
  await agreeOnDeadline(connection, deadline);
}

/**
 * The version of the ledger; 0 where there is none.
 *
 * @throws OperationError when it is newer than this build
 * @throws LedgerDamaged
 */
export async function requireVersion(connection: Connection): Promise<number> {
  const [found, damaged] = (await connection.call([
    'HMGET',
    KEYS.lottery,
    'version',
    'is_damaged',
  ])) as readonly Reply[];
  const version = found === null || found === undefined ? 0 : Number(found);
  if (version > LEDGER_VERSION) {
    throw new OperationError(
      `the database holds a ledger of version ${version}; known are those up to ${LEDGER_VERSION}`,
    );
  }
  if (damaged !== null && damaged !== undefined) {
    throw new LedgerDamaged('a commit group was stored in part');
  }
  return version;
}

/** Which connections are there decides who holds the draw: nothing may stand between that shares them. */
async function requireKnownConnections(connection: Connection): Promise<void> {
  if (await isAlive(connection, connection.name)) return;
  throw new OperationError(
    'the database does not know this connection: a proxy stands between, that shares its own',
  );
}

async function requireTerms(connection: Connection, terms: LotteryTerms): Promise<void> {
  const values = await connection.call(['HMGET', KEYS.lottery, 'agencies', 'winner_number']);
  const [agencies, winnerNumber] = (values as readonly Reply[]).map((value) =>
    numberOrNone(String(value ?? '') || undefined),
  );
  if (agencies === terms.agencies && winnerNumber === terms.winnerNumber) return;
  throw otherLottery('the database', { agencies: agencies ?? 0, winnerNumber }, terms, 'REDIS_URL');
}
