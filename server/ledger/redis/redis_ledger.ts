import { oneLine, OperationError, ConfigurationError } from '../../../program/exit';
import { beginRun, OpenedStore, RemoteLedger, RemoteLedgerSettings } from '../remote/remote_ledger';
import { OpeningSettings, untilOpened } from '../remote/until_opened';
import { connectError, explanationOf, RedisUnreachable } from './connect_errors';
import { Connection, DatabaseSettings, placeOf } from './connection';
import { KeptFile } from './kept_file';
import { readLibrary } from './library';
import { prepareDatabase } from './preparation';
import { ReadConnections } from './read_connections';
import { RedisStore } from './redis_store';
import { readState } from './state';

/** The connections of a server that are there for one thing each: its groups, the news, the draw. */
export const OWN_CONNECTIONS = 3;
/** How many connections a server has at most, unless the settings say otherwise. */
const DEFAULT_CONNECTIONS = 40;

/** What the ledger needs: which database, and the program around it. */
export interface RedisLedgerSettings extends DatabaseSettings, RemoteLedgerSettings, OpeningSettings {
  /** How many connections this server has at most, at least {@link OWN_CONNECTIONS}; 40 if left out. */
  readonly maxConnections?: number | undefined;
}

/** The ledger in Redis: a group is carried out by a function there (functions/commit.lua). */
export class RedisLedger extends RemoteLedger {
  readonly #reading: ReadConnections;

  /**
   * Opens the ledger in a database, making it if need be. A database that cannot be reached, or not be used yet, is waited
   * for until the program is to stop.
   *
   * @throws ConfigurationError when the ledger is that of a lottery with other terms, the URL is refused, or the user lacks
   *   a permission
   * @throws OperationError when it cannot be opened, or the database stores unsafely
   */
  static async open(settings: RedisLedgerSettings): Promise<RedisLedger> {
    const isPassing = (error: unknown): boolean => error instanceof RedisUnreachable;
    const kept = { ...settings, keptFile: new KeptFile() };
    try {
      return await untilOpened(() => RedisLedger.#openOnce(kept), isPassing, settings);
    } catch (error) {
      throw explanationOf(error);
    }
  }

  static async #openOnce(settings: RedisLedgerSettings): Promise<RedisLedger> {
    const { stop, maxConnections = DEFAULT_CONNECTIONS } = settings;
    const connection = await Connection.open(settings, stop);
    const end = (): void => connection.destroy('the program is to stop');
    stop?.addEventListener('abort', end, { once: true });
    try {
      const library = readLibrary();
      await prepareDatabase(connection, settings.terms, settings.deadline, library);
      const state = await readState(connection);
      const reading = new ReadConnections(settings, Math.max(0, maxConnections - OWN_CONNECTIONS));
      const store = new RedisStore(settings, library, reading);
      return new RedisLedger(await beginRun(store, store.over(connection), state, settings), reading);
    } catch (error) {
      const isLost = connection.lost.aborted;
      connection.destroy('the ledger was not opened');
      if (error instanceof ConfigurationError || error instanceof OperationError) throw error;
      throw isLost ? new RedisUnreachable(oneLine(error)) : connectError(error, placeOf(settings));
    } finally {
      stop?.removeEventListener('abort', end);
    }
  }

  private constructor(opened: OpenedStore, reading: ReadConnections) {
    super(opened);
    this.#reading = reading;
  }

  override async close(): Promise<void> {
    await super.close();
    this.#reading.close();
  }
}
