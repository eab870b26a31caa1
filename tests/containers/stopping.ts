import { Ending, stop, untilLine } from '../support/docker_container';
import { ComposeProject } from '../support/docker_project';
import { expectRightResult } from '../support/docker_result';
import {
  expectNothingAcknowledgedLost,
  expectStillSending,
  FULL_LOAD,
  SLOW_SENDING,
  startSending,
} from './sending';

/** A second is promised; the rest is Docker's own, between the call and the signal and from the end to its record. */
const BOUND_MS = 1_500;

/** SIGTERM to one container, in each of the states that it can be in. */
export function describeStopping(): void {
  describe('docker stop of the server exits 0 within the bound', () => {
    it('when nobody is connected', async () => {
      const project = ComposeProject.of({ agencies: 1, betsEach: 1 });
      await project.up('server');
      await untilLine(project.server, /action: accept_connections/);
      expectInTime(await stop(project.server));
    });

    it.each([
      ['batch by batch', SLOW_SENDING],
      ['as fast as they can', FULL_LOAD],
    ])('when agencies are sending %s, and nothing acknowledged is lost', async (_how, load) => {
      const project = await startSending({ agencies: 2, ...load });
      expectInTime(await stop(project.server));
      await expectNothingAcknowledgedLost(project);
      await project.server.start();
      await expectRightResult(project);
    });

    it('when agencies wait for the draw, and they get it after the next start', async () => {
      const project = ComposeProject.of({ agencies: 3, betsEach: 1_000 });
      await project.up('server', 'client1', 'client2');
      await untilLine(project.server, /action: receive_fin/, 2);
      expectInTime(await stop(project.server));
      await project.server.start();
      await project.up('client3');
      await expectRightResult(project);
    });
  });

  describe('docker stop of an agency exits 0 within the bound', () => {
    it('when it waits for the server', async () => {
      const project = ComposeProject.of({ agencies: 1, betsEach: 1_000 });
      await project.up('client1');
      await untilLine(project.client(1), /action: connect \| result: in_progress/, 2);
      expectInTime(await stop(project.client(1)));
      await project.up();
      await expectRightResult(project);
    });

    it('when it is sending, and it goes on after the next start', async () => {
      const project = await startSending({ agencies: 1, ...SLOW_SENDING });
      expectInTime(await stop(project.client(1)));
      await expectStillSending(project, 1);
      await project.client(1).start();
      await expectRightResult(project);
    });

    it('when it waits for the draw, and it gets it after the next start', async () => {
      const project = ComposeProject.of({ agencies: 2, betsEach: 1_000 });
      await project.up('server', 'client1');
      await untilLine(project.server, /action: receive_fin/);
      expectInTime(await stop(project.client(1)));
      await project.up('client2');
      await project.client(1).start();
      await expectRightResult(project);
    });
  });
}

function expectInTime({ exitCode, tookMs, slackMs }: Ending): void {
  expect(exitCode).toBe(0);
  expect(tookMs).toBeLessThan(BOUND_MS + slackMs);
}
