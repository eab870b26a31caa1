import { rmSync } from 'node:fs';
import { dirname } from 'node:path';

import type { Container } from 'dockerode';

import { linesOf, runIn, stop, untilExit, untilHealthy, untilLine } from '../support/docker_container';
import { makeProjectTls, ProjectTls } from '../support/docker_certificates';
import { docker } from '../support/docker_engine';
import { withLedger } from '../support/docker_ledger';
import { BUILD_TIMEOUT_MS, ComposeProject } from '../support/docker_project';
import { expectAuditLogAgrees, expectRightResult, expectRightResultTogether } from '../support/docker_result';
import { DATABASE_LEDGERS } from '../../tools/compose/database';
import { agencyLine, batch, bets } from '../support/wire';

const AGENCIES = 3;

/** A lottery whose agencies and servers speak over mutual TLS, as `compose_maker.ts --tls` makes it. */
export function describeMutualTls(): void {
  describe('over mutual TLS', () => {
    let tls: ProjectTls;
    beforeAll(async () => (tls = await makeProjectTls(AGENCIES)));
    afterAll(() => rmSync(dirname(tls.folder), { recursive: true }));

    it('agencies get the right winners, are well meanwhile, and nc_test.sh succeeds', async () => {
      const project = ComposeProject.of({ agencies: AGENCIES, betsEach: 5_000, tls });
      await project.up('server', 'client1', 'client2');
      await untilLine(project.server, /action: receive_fin/, 2);
      await expectHealthCheckSucceeds(project.client(1));
      expect(await project.ncTest()).toMatchObject({
        exitCode: 0,
        stdout: 'action: test_echo_server | result: success\n',
      });
      await project.up();
      await untilExit(project.client(AGENCIES));
      await expectAuditLogAgrees(project.server);
      await untilHealthy(project.server);
      await expectRightResult(project);
      for (const client of project.clients)
        expect(await linesOf(client)).toContainEqual(expect.stringContaining('| server: server:12346'));
    });

    it('a stranger without TLS is answered ECHO, and forbidden to all else', async () => {
      const project = ComposeProject.of({ agencies: 1, betsEach: 1, tls });
      await project.up('server');
      await untilLine(project.server, /action: accept_connections .* tls: true/);
      const echo = await answersTo(project, Buffer.from('ECHO hello\n'));
      expect(echo).toEqual(['ECHO hello']);
      for (const message of [
        batch(1, bets(1, 1, 1)),
        Buffer.from(agencyLine('FIN', 1)),
        Buffer.from(agencyLine('ASK', 1)),
      ])
        expect(await answersTo(project, message)).toEqual([expect.stringMatching(/^ERR.*forbidden/)]);
      await expectNothingStored(project);
    });

    it("an agency with another one's certificate ends with exit 1 and one line, and places nothing", async () => {
      const wrong = { ...tls, certificateOf: { 1: 2 } };
      const project = ComposeProject.of({ agencies: 2, betsEach: 10, tls: wrong });
      await project.up('server', 'client1');
      expect(await untilExit(project.client(1))).toBe(1);
      const { RestartCount: restarts } = await project.client(1).inspect();
      const reason = "the server refuses agency 1: forbidden: the certificate is another agency's";
      const lines = await linesOf(project.client(1));
      // Beside the log, whose lines begin with the time.
      expect(lines.filter((line) => !/^\d{4}-/.test(line))).toEqual(Array(restarts + 1).fill(reason));
      await expectNothingStored(project);
    });

    describe.each(DATABASE_LEDGERS)('several servers behind the balancer, over %s', (ledger) => {
      const plan = { agencies: AGENCIES, betsEach: 2_000, servers: 2, ledger };
      beforeAll(() => ComposeProject.of({ ...plan, tls }).build(), BUILD_TIMEOUT_MS);

      it('have one draw, are healthy and answer over HTTPS', async () => {
        const project = ComposeProject.of({ ...plan, tls });
        await project.up();
        await expectRightResultTogether(project);
        await expectAuditLogAgrees(project.servers[0]!);
        for (const container of [...project.servers, project.database, project.balancer])
          await untilHealthy(container);
        expect(await project.ncTest()).toMatchObject({ exitCode: 0 });
        expect(await statusFromWithin(project.servers[0]!, 'https://server:8080/readyz')).toBe('200');
      });
    });
  });
}

/** The status that a URL has in a container of a server, where the authority is known. */
async function statusFromWithin(server: Container, url: string): Promise<string> {
  const script = `fetch('${url}').then(({ status }) => console.log(status))`;
  const { lines } = await runIn(
    server,
    'env',
    'NODE_EXTRA_CA_CERTS=/certificates/ca.pem',
    'node',
    '-e',
    script,
  );
  return lines.join();
}

/** The command of the image's HEALTHCHECK, which is run once a minute, and so never for most agencies. */
async function expectHealthCheckSucceeds(container: Container): Promise<void> {
  const { Config: configuration } = await container.inspect();
  const [kind, command = ''] = configuration.Healthcheck?.Test ?? [];
  expect(kind).toBe('CMD-SHELL');
  expect(await runIn(container, 'sh', '-c', command)).toEqual({ exitCode: 0, lines: [] });
}

/** What the server answers to bytes from a container on its network that speaks no TLS. */
async function answersTo(project: ComposeProject, message: Buffer): Promise<string[]> {
  const stranger = await docker.createContainer({
    Image: 'busybox:1',
    Cmd: ['sh', '-c', 'echo "$1" | base64 -d | nc -w 5 server 12345', 'sh', message.toString('base64')],
    HostConfig: { NetworkMode: project.network },
  });
  try {
    await stranger.start();
    expect(await untilExit(stranger)).toBe(0);
    return await linesOf(stranger);
  } finally {
    await stranger.remove({ force: true });
  }
}

async function expectNothingStored(project: ComposeProject): Promise<void> {
  expect(await stop(project.server)).toMatchObject({ exitCode: 0 });
  expect(await withLedger(project.server, (ledger) => ledger.countBets())).toBe(0);
}
