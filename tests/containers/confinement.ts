import type { Container } from 'dockerode';

import { runIn, stop, untilExit, untilHealthy, untilLine } from '../support/docker_container';
import { docker } from '../support/docker_engine';
import { nameOfThisRun } from '../support/docker_leftovers';
import { ComposeProject } from '../support/docker_project';
import { DATABASE_LEDGERS } from '../../tools/compose/database';

/** The engine counts in nanoseconds. */
const HEALTH_CHECK_INTERVAL_NS = 500_000_000;

/** What a container may do, seen from inside. */
export function describeConfinement(): void {
  describe('a container', () => {
    it.each(DATABASE_LEDGERS)(
      'has no rights, nothing to write on but volumes and scratch folders, and bounds, over %s',
      async (ledger) => {
        const project = ComposeProject.of({ agencies: 2, betsEach: 1, servers: 1, ledger });
        await project.up('database');
        await untilHealthy(project.database);
        await project.up('server1', 'balancer', 'client1');
        await untilLine(project.servers[0]!, /action: receive_fin/);
        const containers = [project.database, project.balancer, ...project.servers, project.client(1)];
        for (const container of containers) await expectConfined(container);
      },
    );
  });

  describe('the server with any user of the group 0', () => {
    it.each([
      ['a new volume', undefined],
      ['a volume that belongs to it', 'chown 123456:0 /data && chmod 700 /data'],
    ])('takes %s', async (_what, prepare) => {
      const volume = nameOfThisRun();
      const containers: Container[] = [];
      const make = async (options: object, host: object): Promise<Container> => {
        const HostConfig = { Binds: [`${volume}:/data`], ...host };
        const container = await docker.createContainer({ ...options, HostConfig });
        containers.push(container);
        await container.start();
        return container;
      };
      try {
        if (prepare !== undefined) {
          const preparing = await make({ Image: 'busybox:1', Cmd: ['sh', '-c', prepare] }, {});
          expect(await untilExit(preparing)).toBe(0);
        }
        const confined = { ReadonlyRootfs: true, CapDrop: ['ALL'], Tmpfs: { '/tmp': '' } };
        const Healthcheck = { Interval: HEALTH_CHECK_INTERVAL_NS };
        const server = await make({ Image: 'server:latest', User: '123456:0', Healthcheck }, confined);
        await untilLine(server, /action: accept_connections/);
        const { lines } = await runIn(server, 'sh', '-c', 'id -u; stat -c %u /data/lottery.db');
        expect(lines).toEqual(['123456', '123456']);
        await untilHealthy(server);
        expect(await stop(server)).toMatchObject({ exitCode: 0 });
      } finally {
        for (const container of containers) await container.remove({ force: true });
        await docker.getVolume(volume).remove();
      }
    });
  });
}

async function expectConfined(container: Container): Promise<void> {
  const { Name: name, HostConfig: host, Config: configuration } = await container.inspect();
  const status = await runIn(container, 'grep', '-E', '^(CapEff|CapBnd|NoNewPrivs):', '/proc/1/status');
  const values = status.lines.map((line) => line.split(/\s+/)[1]);
  expect([name, ...values]).toEqual([name, '0000000000000000', '0000000000000000', '1']);
  const writing = await runIn(
    container,
    'sh',
    '-c',
    'for place in / /etc /var /app; do touch $place/x; done 2>&1',
  );
  expect(writing.lines.filter((line) => !/Read-only file system|No such file/.test(line))).toEqual([]);
  expect(writing.exitCode).not.toBe(0);
  expect(configuration.User).toMatch(/^[1-9]\d*:[1-9]\d*$/);
  expect(host.Memory).toBeGreaterThan(0);
  expect(host.PidsLimit).toBeGreaterThan(0);
  expect(host.LogConfig?.Config).toEqual({ 'max-size': '10m', 'max-file': '3' });
}
