/**
 * What is called how. Containers, images and volumes have names that are known everywhere on a machine: two variables
 * let a second lottery run beside the first.
 */

/** Before the names of containers and images; empty, so that a container is called as its service is. */
const PREFIX = '${LOTTERY_PREFIX:-}';
/** The same for the second name of an image, which says what it belongs to. */
const TAG_PREFIX = '${LOTTERY_PREFIX:-lottery-}';
/** In the names of volumes: another one begins with an empty ledger, beside that of before. */
const NAME = '${LOTTERY_NAME:+${LOTTERY_NAME:-}_}';

/** The name of a service's container. */
export function containerName(service: string): string {
  return `${PREFIX}${service}`;
}

/** An image that is built here, and never pulled. */
export function image(name: string): object {
  return { image: `${PREFIX}${name}:latest`, pull_policy: 'never' };
}

/** How an image is built. */
export function build(name: string, context: string, dockerfile = 'Dockerfile'): object {
  return { build: { context, dockerfile, tags: [`${TAG_PREFIX}${name}:latest`] } };
}

/** How a volume of the project is called. */
export function volume(name: string): object {
  return { name: `\${COMPOSE_PROJECT_NAME}_${NAME}${name}` };
}

/**
 * A file of the host that a container reads. Where there is none, the container is not made: Docker would make a folder
 * of that name otherwise.
 */
export function hostFile(source: string, target: string): object {
  return { type: 'bind', source, target, read_only: true, bind: { create_host_path: false } };
}
