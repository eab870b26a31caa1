import { stop, untilLine } from '../support/docker_container';
import { CommandResult, ComposeProject, ncTest } from '../support/docker_project';
import { expectRightResult } from '../support/docker_result';

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
      await expectRightResult(project);
    });
  });

  describe('nc_test.sh', () => {
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
  expect(stderr).toContain(`nc_test: ${why}\n`);
}
