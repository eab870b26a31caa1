import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import type { Container } from 'dockerode';

import { linesOf, runIn, stop, untilExit, untilHealthy, untilLine } from '../support/docker_container';
import { ROOT } from '../support/built';
import { makeProjectTls } from '../support/docker_certificates';
import { textFileOf, withCopyOf } from '../support/docker_files';
import { BUILD_TIMEOUT_MS, ComposeProject, PAGE_URL } from '../support/docker_project';
import { expectRightResult, expectRightResultTogether } from '../support/docker_result';
import { DATABASE_LEDGERS } from '../../tools/compose/database';

const AGENCIES = 2;
const PLAN = { agencies: AGENCIES, betsEach: 2_000, control: true };
const KEY_OF_LOG = '/keys/log/key.pem';
const KEY_OF_CONTROL = '/keys/control/key.pem';
const COSIGNED_SEAL = /action: cosign \| result: success .* sealed: true$/;

/** The internal control in a container of its own, as `compose_maker.ts --control` makes it. */
export function describeControl(): void {
  describe('with the internal control beside the server', () => {
    beforeAll(() => ComposeProject.of(PLAN).build(), BUILD_TIMEOUT_MS);

    it('the draw has its cosignature, and each has its own key alone', async () => {
      const project = ComposeProject.of(PLAN);
      await project.up();
      await untilHealthy(project.control);
      await expectOwnKeyAlone(project);
      await untilLine(project.control, COSIGNED_SEAL);
      for (const client of project.clients) expect(await untilExit(client)).toBe(0);
      await expectVerified(project);
      await expectRightResult(project);
      expect((await runIn(project.control, 'test', '-e', '/app/node_modules')).exitCode).toBe(1);
      expect(await stop(project.control)).toMatchObject({ exitCode: 0 });

      await project.down();
      await project.up();
      await untilLine(project.keys, /^\/keys: all was there$/);
      await untilLine(project.server, /action: open_ledger .* drawn: true$/);
    });

    it('the agencies ask for receipts, and keep them where the verifier finds them', async () => {
      const project = ComposeProject.of(PLAN);
      await project.up();
      for (const client of project.clients) expect(await untilExit(client)).toBe(0);
      await expectReceiptsVerified(project);
    });

    it.each(DATABASE_LEDGERS)('it stands beside several servers over one database: %s', async (ledger) => {
      const project = ComposeProject.of({ ...PLAN, servers: 2, ledger });
      await project.up();
      await untilLine(project.control, COSIGNED_SEAL);
      for (const client of project.clients) expect(await untilExit(client)).toBe(0);
      await expectVerified(project);
      await expectReceiptsVerified(project);
      await expectRightResultTogether(project);
      for (const server of project.servers) await untilHealthy(server);
    });

    it('the draw waits while it is stopped, says so, and goes on when it is started again', async () => {
      const project = ComposeProject.of(PLAN);
      await project.up('keys');
      await untilLine(project.keys, /^ {2}quorum control$/);
      await project.up('control', 'server', 'client1');
      await untilLine(project.control, /action: cosign \| result: success/);
      await stop(project.control);
      await project.up('client2');
      await untilLine(
        project.server,
        /action: control \| result: fail \| error: the control cannot be reached/,
      );
      await untilLine(project.server, /action: hold_draw/);
      expect((await linesOf(project.server)).join('\n')).not.toContain('action: sorteo');
      await project.control.start();
      await untilLine(project.control, COSIGNED_SEAL);
      await expectRightResult(project);
    });

    it('they find each other over mutual TLS too', async () => {
      const tls = await makeProjectTls(AGENCIES);
      try {
        const project = ComposeProject.of({ ...PLAN, tls });
        await project.up();
        await untilLine(project.control, COSIGNED_SEAL);
        await expectRightResult(project);
      } finally {
        await ComposeProject.removeAll();
        rmSync(dirname(tls.folder), { recursive: true });
      }
    });
  });
}

async function expectOwnKeyAlone({ server, control }: ComposeProject): Promise<void> {
  const isThere = async (container: Container, path: string): Promise<boolean> =>
    (await runIn(container, 'test', '-e', path)).exitCode === 0;
  expect([await isThere(server, KEY_OF_LOG), await isThere(control, KEY_OF_LOG)]).toEqual([true, false]);
  expect([await isThere(server, KEY_OF_CONTROL), await isThere(control, KEY_OF_CONTROL)]).toEqual([
    false,
    true,
  ]);
  for (const [container, path] of [
    [server, KEY_OF_LOG],
    [control, KEY_OF_CONTROL],
  ] as const) {
    expect((await runIn(container, 'stat', '-c', '%a', path)).lines).toEqual(['600']);
    for (const place of [path, '/keys/public/policy.txt'])
      expect((await runIn(container, 'sh', '-c', `echo x >> ${place}`)).exitCode).not.toBe(0);
  }
}

/** What the service publishes holds against the policy that lies beside the keys, with the control as its witness. */
async function expectVerified(project: ComposeProject): Promise<void> {
  await withBundle(project, (verify) => {
    expect(verify()).toEqual([0, expect.stringMatching(/^witnessed +control\.localhost\/lottery/m)]);
  });
}

/** Each agency has kept receipts on its volume, and they are those of its bets. */
async function expectReceiptsVerified(project: ComposeProject): Promise<void> {
  await withBundle(project, async (verify) => {
    for (const [index, client] of project.clients.entries()) {
      const agency = index + 1;
      const words = ['--agency', String(agency), '--bets', project.dataFile(agency)];
      await withCopyOf(client, `/data/receipts-agency-${agency}`, (receipts) => {
        expect(verify(...words, '--receipts', receipts)).toEqual([0, expect.stringMatching(/^VERIFIED/m)]);
      });
    }
  });
}

type Verify = (...words: readonly string[]) => [exitCode: number | null, output: string];

/** Runs the verifier on what is published at the HTTP door. */
async function withBundle(
  { server, servers }: ComposeProject,
  use: (verify: Verify) => void | Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'lottery-test-draw-'));
  try {
    const policy = join(folder, 'policy.txt');
    writeFileSync(policy, await textFileOf(servers[0] ?? server, '/keys/public/policy.txt'));
    const bundle = await fetch(`${PAGE_URL}/draw/bundle`);
    execFileSync('tar', ['-xf', '-', '-C', folder], { input: Buffer.from(await bundle.arrayBuffer()) });
    await use((...words) => {
      const all = ['verifier/verify.mjs', '--policy', policy, '--bundle', folder, ...words];
      const { status, stdout, stderr } = spawnSync(process.execPath, all, { cwd: ROOT, encoding: 'utf8' });
      return [status, `${stdout}${stderr}`];
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
