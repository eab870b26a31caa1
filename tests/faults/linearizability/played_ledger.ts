/** The ledgers that are played on, by engine. */
import { batchUri } from '../../../server/ledger/audit_line';
import type { TestDatabase } from '../../../server/ledger/postgres/testing/test_database';
import type { TestRedis } from '../../../server/ledger/redis/testing/test_redis';
import { readLedgerFile } from '../../support/ledger_file';
import { readLedgerOrder } from '../history/ledger_order';

/** A ledger, and what stands in it. */
export interface PlayedLedger {
  /** How servers find it. */
  readonly settings: Readonly<Record<string, string>>;
  /** How the audit log's tool finds it. */
  readonly auditSettings: Readonly<Record<string, string>>;
  /** How many servers write it at once. */
  readonly servers: number;
  /**
   * Whether what was answered with `unavailable` has left nothing. Where the storage is another program it may have been
   * stored when the server has ended meanwhile (ledger.ts).
   */
  readonly isRefusalFinal: boolean;
  /** The audit log, commit group by commit group. To be called when the servers are gone. */
  readLog(): Promise<readonly string[]>;
  /** The text of each batch, by its URI. To be called when the servers are gone. */
  readTexts(): Promise<ReadonlyMap<string, string>>;
}

/** The file of one server. */
export function sqliteLedger(folder: string): PlayedLedger {
  const settings = { DATA_DIR: folder };
  return {
    settings,
    auditSettings: settings,
    servers: 1,
    isRefusalFinal: true,
    readLog: () =>
      Promise.resolve(
        readLedgerFile(folder, (database) =>
          database.prepare<[], string>('SELECT audit_lines FROM segments ORDER BY sequence').pluck().all(),
        ),
      ),
    readTexts: () => Promise.resolve(textsOf(readLedgerOrder(folder).batches)),
  };
}

/** A database of several servers. */
export function postgresLedger(database: TestDatabase, servers: number): PlayedLedger {
  const settings = { LEDGER: 'postgres', DATABASE_URL: database.url };
  return {
    settings,
    // Whoever reads is told from whoever writes.
    auditSettings: { ...settings, DATABASE_URL: `${database.url}?application_name=audit` },
    servers,
    isRefusalFinal: false,
    readLog: async () => {
      // What a server had sent when it was killed may be carried out yet.
      await database.untilFound(
        `SELECT WHERE NOT EXISTS (
           SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'lottery'
         )`,
      );
      const rows = await database.sql<{ lines: string }>('SELECT lines FROM audit ORDER BY sequence');
      return rows.map(({ lines }) => lines);
    },
    readTexts: async () =>
      textsOf(
        await database.sql<{ agency: number; batchId: number; text: string }>(
          `SELECT agency, batch_id AS "batchId", convert_from(text, 'UTF8') AS text FROM batches`,
        ),
      ),
  };
}

/** A database of a Redis, of several servers. */
export function redisLedger(database: TestRedis, servers: number): PlayedLedger {
  const settings = { LEDGER: 'redis', REDIS_URL: database.url };
  return {
    settings,
    auditSettings: settings,
    servers,
    isRefusalFinal: false,
    readLog: async () => {
      // What a server had sent when it was killed may be carried out yet.
      await database.untilReply(['CLIENT', 'LIST'], (list) => !String(list).includes('name=lottery '));
      return [(await database.auditLines()).map((line) => `${line}\n`).join('')];
    },
    readTexts: async () =>
      textsOf(
        await Promise.all(
          (await database.batches()).map(async ([agency, batchId]) => ({
            agency,
            batchId,
            text: await database.command<string>('HGET', `lottery:texts:${agency}`, String(batchId)),
          })),
        ),
      ),
  };
}

function textsOf(
  batches: readonly { readonly agency: number; readonly batchId: number; readonly text: string }[],
): ReadonlyMap<string, string> {
  return new Map(batches.map(({ agency, batchId, text }) => [batchUri(agency, batchId), text]));
}
