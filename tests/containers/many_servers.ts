import type { Container } from 'dockerode';

import {
  crash,
  killAtOnce,
  linesOf,
  runIn,
  stop,
  untilHealthy,
  untilLine,
} from '../support/docker_container';
import { databaseIn } from '../support/docker_database';
import { BUILD_TIMEOUT_MS, ComposeProject, PAGE_URL, ProjectPlan } from '../support/docker_project';
import { agenciesOf, expectAuditLogAgrees, expectRightResultTogether } from '../support/docker_result';
import { DATABASE_LEDGERS } from '../../tools/compose/database';
import { expectNothingAcknowledgedLost, expectStillSending, startSending } from './sending';

/** Small batches and few of them in flight: sending takes seconds. */
const SENDING = {
  agencies: 6,
  servers: 3,
  betsEach: 6_000,
  environment: { CLI_BATCH_MAXAMOUNT: '10', CLI_BATCH_WINDOW: '2', CLI_LOG_LEVEL: 'DEBUG' },
  serverEnvironment: { LOGGING_LEVEL: 'DEBUG' },
} satisfies ProjectPlan;

/** As for the one server, and the database writes a checkpoint. */
const BOUND_MS = 1_500;
const DATABASE_BOUND_MS = 3_000;

const RECONNECT = /action: connect \| result: in_progress/;

/** Process 1 of each database's container, and its user. */
const PROCESSES = {
  postgres: { program: 'postgres', user: 'postgres' },
  redis: { program: 'redis-server', user: 'redis' },
} as const;

/** Several servers over one database, behind a balancer. */
export function describeManyServers(): void {
  describe.each(DATABASE_LEDGERS)('several servers over one database: %s', (ledger) => {
    beforeAll(
      () => ComposeProject.of({ agencies: 1, betsEach: 1, servers: 1, ledger }).build(),
      BUILD_TIMEOUT_MS,
    );

    it('have one draw, answer at one address and become healthy', async () => {
      const project = ComposeProject.of({ agencies: 5, betsEach: 5_000, servers: 2, ledger });
      await project.up();
      await expectRightResultTogether(project);
      await expectAuditLogAgrees(project.servers[0]!);
      const containers = [...project.servers, project.database, project.balancer];
      for (const container of containers) await untilHealthy(container);
      expect(await project.ncTest()).toMatchObject({ exitCode: 0 });
      expect((await fetch(`${PAGE_URL}/readyz`)).status).toBe(200);
      expect(await (await fetch(`${PAGE_URL}/`)).text()).toMatch(/<title>.*Lottery/);
      await expectProcess(project.database, PROCESSES[ledger]);
      await expectProcess(project.balancer, { program: 'haproxy', user: 'haproxy' });
      for (const server of project.servers) expect(await plainDatabasesIn(server)).toHaveLength(1);
    });

    it('go on when one of them is killed while agencies send', async () => {
      const project = await startSending({ ...SENDING, ledger });
      const victim = await busiestServer(project);
      await expectAllStillSending(project);
      const reconnects = await countReconnects(project);
      await killAtOnce(victim);
      await expectRightResultTogether(project);
      expect(await countReconnects(project)).toBeGreaterThan(reconnects);
    });

    it('go on when the database is restarted while agencies send, and crashes: the engine starts it again', async () => {
      const project = await startSending({ ...SENDING, ledger });
      await expectAllStillSending(project);
      await project.database.restart();
      await untilHealthy(project.database);
      await crash(project.database);
      await expectRightResultTogether(project);
    });

    it('go on after the database and they were killed: every acknowledged bet is there once', async () => {
      const project = await startSending({ ...SENDING, ledger });
      for (const container of [project.database, ...project.servers]) await killAtOnce(container);
      await project.database.start();
      await untilHealthy(project.database);
      await expectNothingAcknowledgedLost(project);
      for (const server of project.servers) await server.start();
      await expectRightResultTogether(project);
    });

    it('share a password that nobody has chosen, also over a database that was made with another one', async () => {
      const variables = { LOTTERY_DATABASE_PASSWORD: 'lottery' };
      const project = ComposeProject.of({ agencies: 2, betsEach: 100, servers: 2, ledger, variables });
      await project.up('database', 'server1');
      await untilLine(project.servers[0]!, /action: accept_connections/);
      expect(await passwordOf(project)).toBe('lottery');
      // As it is with a database of before: killed, and nobody knows of a file.
      await runIn(project.database, 'rm', '/password/lottery');
      await killAtOnce(project.database);
      project.variables = {};
      await project.down();
      await project.up();
      await expectRightResultTogether(project);
      const password = await passwordOf(project);
      expect(password).toMatch(/^[0-9a-f]{48}$/);
      for (const container of [project.database, ...project.servers])
        expect(JSON.stringify(await container.inspect())).not.toContain(password);
      await project.down();
      await project.up('database');
      await untilHealthy(project.database);
      expect(await passwordOf(project)).toBe(password);
      const database = databaseIn(project.database, ledger);
      expect([await database.accepts(password), await database.accepts('lottery')]).toEqual([true, false]);
    });

    it('end with exit 0 in time when they are stopped, and go on after the next start', async () => {
      const project = ComposeProject.of({ agencies: 3, betsEach: 1_000, servers: 3, ledger });
      await project.up('database');
      await untilHealthy(project.database);
      await project.up(...project.serverNames, 'balancer', 'client1', 'client2');
      await untilFinishedAgencies(project, 2);
      await expectStops(project.balancer, BOUND_MS);
      for (const server of project.servers) await expectStops(server, BOUND_MS);
      await expectStops(project.database, DATABASE_BOUND_MS);
      await project.up();
      await expectRightResultTogether(project);
    });
  });
}

/** The warnings of a server that its database is not encrypted. */
async function plainDatabasesIn(server: Container): Promise<string[]> {
  return (await linesOf(server)).filter((line) => line.includes('| plain_database: database |'));
}

async function passwordOf({ database }: ComposeProject): Promise<string> {
  const { lines } = await runIn(database, 'cat', '/password/lottery');
  return lines.join();
}

/** Process 1 is the program itself, and it is not root. */
async function expectProcess(
  container: Container,
  { program, user }: { program: string; user: string },
): Promise<void> {
  const { lines } = await runIn(container, 'sh', '-c', 'cat /proc/1/comm; stat -c %U /proc/1');
  expect(lines).toEqual([program, user]);
}

async function expectStops(container: Container, boundMs: number): Promise<void> {
  const { exitCode, tookMs, slackMs } = await stop(container);
  expect(exitCode).toBe(0);
  expect(tookMs).toBeLessThan(boundMs + slackMs);
}

/** The server that has taken the most batches. */
async function busiestServer(project: ComposeProject): Promise<Container> {
  const counts = await Promise.all(
    project.servers.map(async (server) => {
      const lines = await linesOf(server);
      return lines.filter((line) => line.includes('action: apuesta_recibida')).length;
    }),
  );
  expect(Math.max(...counts)).toBeGreaterThan(0);
  return project.servers[counts.indexOf(Math.max(...counts))]!;
}

async function expectAllStillSending(project: ComposeProject): Promise<void> {
  for (const agency of agenciesOf(project)) await expectStillSending(project, agency);
}

/** How often agencies have lost a connection or had none, all together. */
async function countReconnects(project: ComposeProject): Promise<number> {
  const logs = await Promise.all(project.clients.map(linesOf));
  return logs.flat().filter((line) => RECONNECT.test(line)).length;
}

/** Waits until so many agencies have finished, at whichever server: it is told in one of their logs. */
async function untilFinishedAgencies(project: ComposeProject, count: number): Promise<void> {
  const line = new RegExp(`action: receive_fin .* finished: ${count} `);
  await Promise.any(project.servers.map((server) => untilLine(server, line)));
}
