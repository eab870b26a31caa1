import { RunningServer, startLottery } from '../contestants';
import { Database } from './database';

/** Servers over one database. */
export interface RunningServers {
  readonly ports: readonly number[];
  /** The servers' only, without the database's. */
  readonly processIds: readonly number[];
  stop(): Promise<void>;
}

/**
 * Starts servers of one lottery, as they are shipped, over a database.
 *
 * @throws OperationError when one of them does not start; the others are stopped then
 */
export async function startServers(
  database: Database,
  count: number,
  agencies: number,
): Promise<RunningServers> {
  const settings = { LEDGER: 'postgres', DATABASE_URL: database.url, AGENCIES: String(agencies) };
  // The folder is the other engine's.
  const starts = Array.from({ length: count }, () => startLottery('.', settings));
  const results = await Promise.allSettled(starts);
  const servers = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failure = results.find((result) => result.status === 'rejected');
  if (failure === undefined) return together(servers);
  await stopAll(servers);
  throw failure.reason;
}

function together(servers: readonly RunningServer[]): RunningServers {
  return {
    ports: servers.map(({ port }) => port),
    processIds: servers.map(({ processId }) => processId),
    stop: () => stopAll(servers),
  };
}

async function stopAll(servers: readonly RunningServer[]): Promise<void> {
  await Promise.all(servers.map((server) => server.stop()));
}
