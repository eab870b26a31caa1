/** What a run of the container tests leaves behind when it is killed: found by its name, and removed by the next run. */
import { randomBytes } from 'node:crypto';

import { docker } from './docker_engine';

const PREFIX = 'lottery-test-';
const PROJECT_LABEL = 'com.docker.compose.project';
const NO_SUCH_PROCESS = 'ESRCH';

/** A new name for a project or a volume of this run; it says which process it belongs to. */
export function nameOfThisRun(): string {
  return `${PREFIX}${process.pid}-${randomBytes(4).toString('hex')}`;
}

/**
 * Whether the name is one of a run of these tests that has ended.
 *
 * @param isAlive says of a process, by its id, whether it runs
 */
export function isLeftover(name: string, isAlive: (pid: number) => boolean = runs): boolean {
  if (!name.startsWith(PREFIX)) return false;
  const owner = /^(\d+)-/.exec(name.slice(PREFIX.length))?.[1];
  return owner === undefined || !isAlive(Number(owner));
}

/** Removes the containers, networks and volumes of runs that have ended. @returns how many there were */
export async function removeLeftovers(): Promise<number> {
  const ofLeftover = (labels: Readonly<Record<string, string>> | null | undefined): boolean =>
    isLeftover(labels?.[PROJECT_LABEL] ?? '');
  const containers = (await docker.listContainers({ all: true })).filter(({ Labels }) => ofLeftover(Labels));
  for (const { Id } of containers) await docker.getContainer(Id).remove({ force: true, v: true });
  const networks = (await docker.listNetworks()).filter(({ Labels }) => ofLeftover(Labels));
  for (const { Id } of networks) await docker.getNetwork(Id).remove();
  const volumes = (await docker.listVolumes()).Volumes.filter(
    ({ Name, Labels }) => ofLeftover(Labels) || isLeftover(Name),
  );
  for (const { Name } of volumes) await docker.getVolume(Name).remove();
  return containers.length + networks.length + volumes.length;
}

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== NO_SUCH_PROCESS;
  }
}
