import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { linesOf, untilLine } from '../support/docker_container';
import { BUILD_TIMEOUT_MS, ComposeProject } from '../support/docker_project';
import { expectRightResult } from '../support/docker_result';

/** Lotteries side by side, one after another, and those that cannot begin. */
export function describeDeployment(): void {
  describe('a second lottery', () => {
    it(
      'runs beside the first, with names of its own',
      async () => {
        const first = ComposeProject.of({ agencies: 2, betsEach: 1_000 });
        const prefix = `second-${randomBytes(4).toString('hex')}-`;
        const variables = { LOTTERY_HTTP_PORT: String(await freePort()) };
        const second = ComposeProject.of({ agencies: 3, betsEach: 2_000, prefix, variables });
        await second.build();
        try {
          await first.up('server', 'client1');
          await second.up();
          expect(await second.ncTest()).toMatchObject({ exitCode: 0 });
          await first.up();
          await expectRightResult(second);
          await expectRightResult(first);
        } finally {
          await ComposeProject.removeAll();
          await second.removeImages();
        }
      },
      BUILD_TIMEOUT_MS,
    );

    it('does not begin on the ledger of another one: the server says what to do, and agencies are not started', async () => {
      const serverEnvironment = { AGENCIES: '${TEST_AGENCIES:-2}' };
      const project = ComposeProject.of({ agencies: 2, betsEach: 500, serverEnvironment });
      await project.up();
      await expectRightResult(project);
      await project.down();

      project.variables = { TEST_AGENCIES: '3' };
      expect(await project.upInVain()).toMatch(/dependency failed to start: container server .*/);
      const refusal =
        /lottery\.db holds a lottery of AGENCIES 2 .* another LOTTERY_NAME, .* down --volumes`$/;
      expect(await linesOf(project.server)).toContainEqual(expect.stringMatching(refusal));
      for (const client of project.clients) {
        const { State: state } = await client.inspect();
        expect(state.Status).toBe('created');
      }
      await project.down();

      project.variables = { TEST_AGENCIES: '3', LOTTERY_NAME: 'next' };
      await project.up();
      await untilLine(project.server, /action: receive_fin .* finished: 2 \| agencies: 3$/);
      await project.down();

      project.variables = {};
      await project.up();
      await untilLine(project.server, /action: open_ledger .* bets: 1000 \| finished: 2 \| drawn: true$/);
    });

    it('is told of a file that is missing, and no folder is made in its place', async () => {
      const missing = join(tmpdir(), `missing-${randomBytes(4).toString('hex')}`, 'tokens.ini');
      const project = ComposeProject.of({ agencies: 1, betsEach: 1, variables: { LOTTERY_TOKENS: missing } });
      expect(await project.upInVain()).toContain(missing);
      expect(existsSync(missing)).toBe(false);
    });
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
