import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import { ROOT } from '../support/built';
import { linesOf, runIn, stop, untilHealthy, untilLine } from '../support/docker_container';
import { COMMITTED_FILE, CommandResult, ComposeProject, ncTest, PAGE_URL } from '../support/docker_project';
import { expectAuditLogAgrees, expectRightResult } from '../support/docker_result';

const SUCCESS = 'action: test_echo_server | result: success';
const FAIL = 'action: test_echo_server | result: fail';

/** The whole system as it is brought up by hand, and the check with netcat. */
export function describeWholeSystem(): void {
  describe('docker compose up --build with docker-compose-dev.yaml', () => {
    it('ends with the right winners for every agency, and nc_test.sh succeeds meanwhile', async () => {
      const project = ComposeProject.ofCommittedFile();
      await project.upWithBuild();
      await untilLine(project.server, /action: accept_connections/);
      const { exitCode, stdout } = await project.ncTest();
      expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: `${SUCCESS}\n` });
      await expectAuditLogAgrees(project.server);
      await expectRightResult(project);
    });
  });

  describe('the HTTP door', () => {
    const BATCH = `${PAGE_URL}/agencies/1/batches/1`;
    const bet = { method: 'PUT', body: '1,Ana,Paz,31204458,1987-03-17,7574\n' };
    const asCsv = { 'content-type': 'text/csv' };

    it('shows its page on the loopback address of the host, and takes no bet without tokens', async () => {
      const project = ComposeProject.of({ agencies: 1, betsEach: 1 });
      await project.up('server');
      await untilLine(project.server, /action: accept_connections/);
      expect(await (await fetch(`${PAGE_URL}/`)).text()).toMatch(/<title>.*Lottery/);
      expect((await fetch(`${PAGE_URL}/assets/uplot`)).status).toBe(200);
      expect((await fetch(`${PAGE_URL}/readyz`)).status).toBe(200);
      expect((await fetch(BATCH, { ...bet, headers: asCsv })).status).toBe(403);
    });

    it('takes the bets of who has a token', async () => {
      const token = 'a-token-for-a-test-alone';
      const project = ComposeProject.of({ agencies: 1, betsEach: 1, tokens: `1 = ${token}\n` });
      await project.up('server');
      await untilLine(project.server, /action: accept_connections/);
      const headers = { ...asCsv, authorization: `Bearer ${token}` };
      const statuses: number[] = [];
      for (let time = 0; time < 2; time++) statuses.push((await fetch(BATCH, { ...bet, headers })).status);
      expect(statuses).toEqual([201, 200]);
    });
  });

  describe('nc_test.sh', () => {
    it('waits for a server that is only starting, and is told in its log, as no health check is', async () => {
      const project = ComposeProject.of({ agencies: 2, betsEach: 1 });
      await project.up('client1');
      const checked = project.ncTest();
      await project.up('server');
      expect(await checked).toMatchObject({ exitCode: 0, stdout: `${SUCCESS}\n` });
      await untilHealthy(project.server);
      const check = ['node', '/app/dist/bundled/client/health_check.js', 'server:12345'];
      expect(await runIn(project.client(1), ...check)).toEqual({ exitCode: 0, lines: [] });
      const told = (await linesOf(project.server)).filter((line) => line.includes('receive_message'));
      expect(told).toEqual([expect.stringContaining('| result: success | bytes: 22')]);
    });

    it('finds the project that a file .env names', async () => {
      const project = ComposeProject.of({ agencies: 1, betsEach: 1 });
      await project.up('server');
      const checkout = mkdtempSync(join(tmpdir(), 'checkout-'));
      try {
        copyFileSync(join(ROOT, 'nc_test.sh'), join(checkout, 'nc_test.sh'));
        copyFileSync(COMMITTED_FILE, join(checkout, basename(COMMITTED_FILE)));
        expectFailure(
          await ncTest({}, checkout),
          'the project lottery has no network testing_net: is it up?',
        );
        for (const line of [
          `COMPOSE_PROJECT_NAME=${project.name}`,
          `COMPOSE_PROJECT_NAME = "${project.name}"`,
        ]) {
          writeFileSync(join(checkout, '.env'), `LOTTERY_HTTP_PORT=8080\n${line}\n`);
          expect(await ncTest({}, checkout)).toMatchObject({ exitCode: 0, stdout: `${SUCCESS}\n` });
        }
        expectFailure(
          await ncTest({ COMPOSE_PROJECT_NAME: 'other' }, checkout),
          'the project other has no network',
        );
      } finally {
        rmSync(checkout, { recursive: true });
      }
    });

    it('fails with a clear word when the server is stopped', async () => {
      const project = ComposeProject.of({ agencies: 1, betsEach: 1 });
      await project.up('server');
      await untilLine(project.server, /action: accept_connections/);
      await stop(project.server);
      expectFailure(await project.ncTest(), `no answer from server:12345 on the network ${project.network}`);
    });

    it('fails with a clear word when no project is up', async () => {
      expectFailure(await ncTest({}), 'the project lottery has no network testing_net: is it up?');
    });
  });
}

function expectFailure({ exitCode, stdout, stderr }: CommandResult, why: string): void {
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: `${FAIL}\n` });
  expect(stderr).toContain(`nc_test: ${why}`);
}
