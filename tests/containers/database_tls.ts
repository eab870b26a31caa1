import { linesOf, runIn, untilHealthy } from '../support/docker_container';
import { databaseIn } from '../support/docker_database';
import { BUILD_TIMEOUT_MS, ComposeProject, ProjectPlan } from '../support/docker_project';
import { expectAuditLogAgrees, expectRightResultTogether } from '../support/docker_result';
import { DATABASE_LEDGERS, databaseEnvironment, DatabaseLedger } from '../../tools/compose/database';
import { expectStillSending, startSending } from './sending';

/** Where each database's container has its key: a folder in memory. */
const KEYS = { postgres: '/run/postgresql/tls/key.pem', redis: '/run/redis/tls/key.pem' } as const;

/** Several servers that reach their database over TLS. */
export function describeDatabaseTls(): void {
  describe.each(DATABASE_LEDGERS)('several servers over one database with TLS: %s', (ledger) => {
    beforeAll(() => ComposeProject.of(planOf(ledger)).build(), BUILD_TIMEOUT_MS);

    it('have one draw over connections that are encrypted and verified, and there is no other way in', async () => {
      const project = ComposeProject.of(planOf(ledger));
      await project.up();
      await expectRightResultTogether(project);
      await expectAuditLogAgrees(project.servers[0]!);
      for (const container of [project.database, ...project.servers]) await untilHealthy(container);
      for (const server of project.servers) {
        expect(
          (await linesOf(server)).filter((line) => /plain_database|unverified_database/.test(line)),
        ).toEqual([]);
      }
      const [password] = await linesFrom(project, 'cat /password/lottery');
      const database = databaseIn(project.database, ledger);
      expect(await database.accepts(password!, true)).toBe(true);
      expect(await database.accepts(password!, false)).toBe(false);
      expect(
        await linesFrom(project, `stat -c %a ${KEYS[ledger]}; grep -rl 'PRIVATE KEY' /data /password`),
      ).toEqual(['600']);
    });

    it('go on when the database is restarted, which makes it a new certificate', async () => {
      const plan = planOf(ledger);
      const environment = { CLI_BATCH_MAXAMOUNT: '10', CLI_BATCH_WINDOW: '2', CLI_LOG_LEVEL: 'DEBUG' };
      const project = await startSending({ ...plan, betsEach: 10_000, environment });
      await expectStillSending(project, 1);
      const before = await linesFrom(project, 'cat /password/database.pem');
      await project.database.restart();
      await untilHealthy(project.database);
      expect(await linesFrom(project, 'cat /password/database.pem')).not.toEqual(before);
      await expectRightResultTogether(project);
    });
  });
}

function planOf(ledger: DatabaseLedger): ProjectPlan {
  const settings = databaseEnvironment(ledger, { tls: true }).map((line): [string, string] => {
    const [key = '', ...value] = line.split('=');
    return [key, value.join('=')];
  });
  return {
    agencies: 3,
    betsEach: 1_000,
    servers: 2,
    ledger,
    serverEnvironment: Object.fromEntries(settings),
    databaseEnvironment: { DATABASE_TLS: 'on' },
  };
}

async function linesFrom({ database }: ComposeProject, script: string): Promise<string[]> {
  return (await runIn(database, 'sh', '-c', script)).lines;
}
