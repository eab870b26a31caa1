/** Whether the names that the containers of the tests have are free. */
import { docker } from './docker_engine';
import { SUBNET } from './docker_project';

/**
 * Makes sure that the fixed names and the network are free.
 *
 * @throws Error that names what is in the way: it is somebody else's, and stays as it is
 */
export async function requireFreeNames(): Promise<void> {
  const containers = await docker.listContainers({ all: true });
  for (const { Names: names, Labels: labels } of containers) {
    const name = names
      .map((path) => path.replace(/^\//, ''))
      .find((each) => /^(server\d*|database|balancer|control|keys|client\d+)$/.test(each));
    if (name === undefined) continue;
    const project = labels['com.docker.compose.project'];
    const removal =
      project === undefined ? '' : `; \`docker compose --project-name ${project} down\` removes it`;
    throw new Error(`the container tests need the name ${name}, and another container has it${removal}`);
  }
  const networks = await docker.listNetworks();
  const inTheWay = networks.find(({ IPAM: ipam }) => ipam?.Config?.some((each) => each.Subnet === SUBNET));
  if (inTheWay === undefined) return;
  throw new Error(`the container tests need the network ${SUBNET}, but ${inTheWay.Name} has it`);
}
