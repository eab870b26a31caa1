import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { findProgram } from '../../../bench/peers/find_program';
import { otherUser } from '../../../bench/peers/other_user';
import { freePort } from '../../../tools/free_port';
import { describeWithPostgres, PostgresServer } from '../../../tests/support/postgres';
import { batchOf } from '../../testing/bets';
import type { LotteryTerms } from '../ledger';
import { LedgerCalls } from '../testing/ledger_calls';
import { Connection } from './connection';
import { requireOwnSessions } from './pooler';
import { PostgresLedger } from './postgres_ledger';
import { TestDatabase } from './testing/test_database';

const TERMS = { agencies: 3, winnerNumber: 7_574 } satisfies LotteryTerms;
const TIMEOUT_MS = 60_000;
const ignore = (): void => undefined;
const REFUSED = {
  name: 'ConfigurationError',
  message: expect.stringMatching(/^DATABASE_URL: .*transaction pooler/) as string,
};

/** How a pooler hands out the database's processes. */
interface PoolerSettings {
  readonly pool_mode: 'transaction' | 'session' | 'statement';
  readonly default_pool_size?: number;
  readonly server_round_robin?: 0 | 1;
}

describeWithPostgres('a pooler between the server and its database', () => {
  let server: PostgresServer;
  let database: TestDatabase;
  beforeAll(async () => void (server = await PostgresServer.start()), TIMEOUT_MS);
  afterAll(() => server.remove());
  beforeEach(async () => void (database = await TestDatabase.create(server)));

  const open = (url: string): Promise<PostgresLedger> =>
    PostgresLedger.open({
      url,
      terms: TERMS,
      maxBatchBytes: 1024 * 1024,
      onBroken: ignore,
      onTrouble: ignore,
    });

  // As a pooler that has two processes for two connections hands them out: to whoever comes first.
  test('connections that change their process', async () => {
    const connections = await Promise.all([1, 2, 3].map(() => Connection.open({ url: database.url })));
    const [one, other, third] = [connections[0]!, connections[1]!, connections[2]!];
    await requireOwnSessions(one, other);
    await expect(requireOwnSessions(one, one)).rejects.toMatchObject(REFUSED);
    let asked = 0;
    const changing = Object.create(one, {
      query: {
        value: (...words: Parameters<Connection['query']>) => (++asked > 4 ? third : one).query(...words),
      },
    }) as Connection;
    await expect(requireOwnSessions(changing, other)).rejects.toMatchObject(REFUSED);
    for (const connection of connections) connection.destroy('the test is over');
  });

  const testWithPgbouncer = hasPgbouncer() ? test : test.skip;
  const note = hasPgbouncer() ? '' : ' (skipped: no pgbouncer on this machine)';

  testWithPgbouncer.each<[string, PoolerSettings]>([
    ['of transactions', { pool_mode: 'transaction' }],
    ['of transactions, in turn', { pool_mode: 'transaction', server_round_robin: 1 }],
    ['of transactions with one process', { pool_mode: 'transaction', default_pool_size: 1 }],
    ['of statements', { pool_mode: 'statement' }],
  ])(
    `pgbouncer with a pool %s is refused in one line, also when it is warm${note}`,
    async (_, settings) => {
      const pooler = await Pooler.start(database.url, settings);
      try {
        // Processes that wait already, so that the two connections need not make their own.
        const warm = await Promise.all([1, 2, 3].map(() => Connection.open({ url: pooler.url })));
        await expect(open(pooler.url)).rejects.toMatchObject(REFUSED);
        for (const connection of warm) connection.destroy('the test is over');
      } finally {
        await pooler.stop();
      }
    },
    TIMEOUT_MS,
  );

  testWithPgbouncer(
    `pgbouncer with a pool of sessions is taken${note}`,
    async () => {
      const pooler = await Pooler.start(database.url, { pool_mode: 'session' });
      try {
        const ledger = new LedgerCalls(await open(pooler.url), TERMS.winnerNumber);
        expect(await ledger.append(batchOf(1, 1))).toBe('stored');
        await ledger.close();
      } finally {
        await pooler.stop();
      }
    },
    TIMEOUT_MS,
  );
});

function hasPgbouncer(): boolean {
  try {
    return findProgram('pgbouncer') !== '';
  } catch {
    return false;
  }
}

/** A pgbouncer in front of a database. */
class Pooler {
  readonly #process: ChildProcess;
  readonly #folder: string;
  readonly url: string;

  static async start(databaseUrl: string, settings: PoolerSettings): Promise<Pooler> {
    const { hostname, port, username, pathname } = new URL(databaseUrl);
    const folder = mkdtempSync(join(tmpdir(), 'lottery-pgbouncer-'));
    const ownPort = await freePort();
    const lines = {
      listen_addr: hostname,
      listen_port: ownPort,
      unix_socket_dir: '',
      auth_type: 'any',
      ...settings,
    };
    const file = join(folder, 'pgbouncer.ini');
    writeFileSync(
      file,
      `[databases]\n* = host=${hostname} port=${port} user=${username}\n[pgbouncer]\n` +
        Object.entries(lines)
          .map(([key, value]) => `${key} = ${value}\n`)
          .join(''),
    );
    const user = otherUser();
    if (user !== undefined) {
      for (const path of [folder, file]) chownSync(path, user.uid, user.gid);
    }
    const started = spawn(findProgram('pgbouncer'), [file], { ...user, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    await new Promise<void>((resolve, reject) => {
      started.once('exit', () => reject(new Error(`pgbouncer has ended: ${said}`)));
      started.stderr.on('data', (bytes: Buffer) => {
        said = `${said}${bytes.toString()}`.slice(-4096);
        if (said.includes('process up')) resolve();
      });
    });
    return new Pooler(started, folder, `postgresql://${username}@${hostname}:${ownPort}${pathname}`);
  }

  private constructor(process: ChildProcess, folder: string, url: string) {
    this.#process = process;
    this.#folder = folder;
    this.url = url;
  }

  async stop(): Promise<void> {
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await ended;
    rmSync(this.#folder, { recursive: true });
  }
}
