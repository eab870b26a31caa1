import type { Container } from 'dockerode';

import { runIn, untilHealthy, untilLine } from '../support/docker_container';
import { ComposeProject } from '../support/docker_project';

const COMPILERS = ['gcc', 'cc', 'g++', 'c++', 'clang', 'make'];
const DEVELOPMENT_PACKAGES = ['jest', 'ts-jest', 'ts-node', 'typescript', 'eslint', 'esbuild', 'dockerode'];

/** What the images are, seen from inside their containers. */
export function describeImages(): void {
  describe('in the containers', () => {
    it('process 1 is node, and not root', async () => {
      for (const container of await runningContainers()) {
        const { lines: program } = await runIn(container, 'readlink', '/proc/1/exe');
        expect(program).toEqual([expect.stringMatching(/\/node$/)]);
        const { lines: users } = await runIn(container, 'sh', '-c', 'id -u; stat -c %u /proc/1');
        expect(users).toHaveLength(2);
        expect(users).not.toContain('0');
      }
    });

    it('there is no compiler and nothing that only development needs', async () => {
      const [server, client] = await runningContainers();
      for (const container of [server, client]) {
        const commands = [...COMPILERS, ...DEVELOPMENT_PACKAGES, 'tsc'];
        expect(await foundCommands(container, [...commands, 'node'])).toEqual(['node']);
      }
      expect(await foundPackages(server, [...DEVELOPMENT_PACKAGES, 'pino'])).toEqual(['pino']);
      // An agency's packages are in its one file.
      expect(await foundPackages(client, [...DEVELOPMENT_PACKAGES, 'pino'])).toEqual([]);
    });

    it('better-sqlite3 is in the server alone', async () => {
      const [server, client] = await runningContainers();
      expect(await foundPackages(server, ['better-sqlite3'])).toEqual(['better-sqlite3']);
      expect(await foundPackages(client, ['better-sqlite3'])).toEqual([]);
    });

    it('both have a health check, and the server becomes healthy', async () => {
      const [server, client] = await runningContainers();
      for (const container of [server, client]) {
        const { Config: configuration } = await container.inspect();
        expect(configuration.Healthcheck?.Test?.join(' ')).toContain('health_check.js');
      }
      await untilHealthy(server);
    });
  });
}

/** A server and an agency that waits for the draw: there is a second agency that never comes. */
async function runningContainers(): Promise<[server: Container, client: Container]> {
  const project = ComposeProject.of({ agencies: 2, betsEach: 1 });
  await project.up('server', 'client1');
  await untilLine(project.server, /action: receive_fin/);
  return [project.server, project.client(1)];
}

/** Those of the commands that the shell knows. */
async function foundCommands(container: Container, names: readonly string[]): Promise<string[]> {
  const script = 'for name; do if command -v "$name" >/dev/null; then echo "$name"; fi; done';
  const { exitCode, lines } = await runIn(container, 'sh', '-c', script, 'sh', ...names);
  expect(exitCode).toBe(0);
  return lines;
}

/** Those of the packages that are installed anywhere. */
async function foundPackages(container: Container, names: readonly string[]): Promise<string[]> {
  const places = names.flatMap((name) => ['-o', '-path', `*/node_modules/${name}`]).slice(1);
  const search = ['find', '/', '-xdev', '-type', 'd', '(', ...places, ')', '-printf', '%f\\n'];
  const { lines } = await runIn(container, ...search);
  // Folders that this user cannot enter are complained of among the lines.
  return [...new Set(lines)].filter((line) => names.includes(line));
}
