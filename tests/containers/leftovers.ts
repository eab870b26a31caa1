import { spawnSync } from 'node:child_process';

import { docker } from '../support/docker_engine';
import { isLeftover, nameOfThisRun, removeLeftovers } from '../support/docker_leftovers';

/** The name that a run had which has ended. */
function nameOfDeadRun(): string {
  const { pid } = spawnSync(process.execPath, ['--eval', '']);
  return nameOfThisRun().replace(String(process.pid), String(pid));
}

/** What a killed run left does not stand in the way of the next one; what belongs to a run under way stays. */
export function describeLeftovers(): void {
  describe('what a run of these tests that was killed has left', () => {
    it('is removed: a container that runs, its network and its volume', async () => {
      const own = nameOfThisRun();
      const abandoned = nameOfDeadRun();
      for (const name of [own, abandoned]) {
        const labels = { 'com.docker.compose.project': name };
        await docker.createVolume({ Name: name, Labels: labels });
        await docker.createNetwork({ Name: name, Labels: labels });
        const HostConfig = { Binds: [`${name}:/data`], NetworkMode: name };
        const command = { Image: 'busybox:1', Cmd: ['sleep', '3600'] };
        await (await docker.createContainer({ ...command, name, Labels: labels, HostConfig })).start();
      }
      try {
        expect(await removeLeftovers()).toBe(3);
        expect((await docker.getContainer(own).inspect()).State.Running).toBe(true);
        expect((await docker.getVolume(own).inspect()).Name).toBe(own);
        await expect(docker.getContainer(abandoned).inspect()).rejects.toMatchObject({ statusCode: 404 });
        await expect(docker.getNetwork(abandoned).inspect()).rejects.toMatchObject({ statusCode: 404 });
        await expect(docker.getVolume(abandoned).inspect()).rejects.toMatchObject({ statusCode: 404 });
      } finally {
        await docker.getContainer(own).remove({ force: true });
        await docker.getNetwork(own).remove();
        await docker.getVolume(own).remove();
      }
    });

    it.each([
      ['lottery-test-17-0a1b2c3d', true],
      ['lottery-test-18-0a1b2c3d', false],
      ['lottery-test-0a1b2c3d', true],
      ['lottery', false],
    ])('%s: %s', (name, expected) => {
      expect(isLeftover(name, (pid) => pid === 18)).toBe(expected);
    });
  });
}
