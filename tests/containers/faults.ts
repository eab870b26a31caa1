import { crash, killAtOnce } from '../support/docker_container';
import { docker } from '../support/docker_engine';
import { ComposeProject, SUBNET } from '../support/docker_project';
import { expectRightResult } from '../support/docker_result';
import {
  expectNothingAcknowledgedLost,
  expectStillSending,
  FULL_LOAD,
  SLOW_SENDING,
  startSending,
} from './sending';

/** In {@link SUBNET}, and not among the first, which the engine gives out by itself. */
const OTHER_ADDRESS = '172.25.127.200';

/** What happens to containers without asking them. */
export function describeFaults(): void {
  describe('the result is right', () => {
    it('after an agency is killed while it sends, and started again', async () => {
      const project = await startSending({ agencies: 2, ...SLOW_SENDING });
      await killAtOnce(project.client(1));
      await expectStillSending(project, 1);
      await project.client(1).start();
      await expectRightResult(project);
    });

    it('after the server is killed while agencies send, and started again on its volume', async () => {
      const project = await startSending({ agencies: 2, ...FULL_LOAD });
      await killAtOnce(project.server);
      await expectNothingAcknowledgedLost(project);
      await project.server.start();
      await expectRightResult(project);
    });

    it('after an agency and the server crash while agencies send: the engine starts them again', async () => {
      const project = await startSending({ agencies: 2, ...SLOW_SENDING });
      await crash(project.client(1));
      await expectStillSending(project, 2);
      await crash(project.server);
      await expectRightResult(project);
      for (const container of [project.client(1), project.server])
        expect(await container.inspect()).toMatchObject({ RestartCount: 1 });
    });

    it.each([
      ['at its old address', undefined],
      ['at another address', { IPAMConfig: { IPv4Address: OTHER_ADDRESS } }],
    ])(
      'after an agency is cut off the network while it sends, and joined again %s',
      async (_where, endpoint) => {
        const project = await startSending({ agencies: 2, subnet: SUBNET, ...SLOW_SENDING });
        const network = docker.getNetwork(project.network);
        const address = await addressOf(project);
        await network.disconnect({ Container: 'client1' });
        await expectStillSending(project, 1);
        await network.connect({
          Container: 'client1',
          EndpointConfig: endpoint ?? { IPAMConfig: { IPv4Address: address } },
        });
        await expectRightResult(project);
      },
    );
  });
}

/** The address of the first agency. */
async function addressOf(project: ComposeProject): Promise<string> {
  const { NetworkSettings: settings } = await project.client(1).inspect();
  return settings.Networks[project.network]?.IPAddress ?? '';
}
