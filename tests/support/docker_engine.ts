/** The Docker engine that container tests need, and what they do where none answers. */
import { spawnSync } from 'node:child_process';

import Docker from 'dockerode';

import { describeUnless } from './skipping';

const ASK_TIMEOUT_MS = 20_000;
const SOCKET_SCHEME = 'unix://';
/** Compose is a plugin of the command, and may be missing where an engine answers. */
const QUESTIONS = [
  ['version', '--format', '{{.Server.Version}}'],
  ['compose', 'version', '--short'],
];

/** Set to 1 where the container tests must run: without an engine they then fail instead of being skipped. */
export const REQUIRE_DOCKER = process.env['REQUIRE_DOCKER'] === '1';

/** One question to the engine, through its command. */
function askDocker(words: readonly string[]): { answer: string } | { reason: string } {
  const { status, error, stdout, stderr } = spawnSync('docker', words, {
    encoding: 'utf8',
    timeout: ASK_TIMEOUT_MS,
  });
  if (error !== undefined) return { reason: error.message };
  if (status !== 0) return { reason: stderr.trim().replace(/\s+/g, ' ') };
  return { answer: stdout.trim() };
}

/** Asks, while the tests are being listed, whether an engine and Compose answer. */
function reasonForAbsence(): string | undefined {
  for (const question of QUESTIONS) {
    const result = askDocker(question);
    if ('reason' in result) {
      return `${result.reason}; install Docker Engine with its Compose plugin, and start it`;
    }
  }
  return undefined;
}

/** Why no engine answers, or undefined when one does. */
export const ENGINE_ABSENCE = reasonForAbsence();

/** `describe` where an engine answers; where none does, its tests are listed as skipped. */
export const describeWithEngine = describeUnless(ENGINE_ABSENCE);

/** The engine that the `docker` command speaks to, whichever context is chosen for it. */
export const docker = new Docker(ENGINE_ABSENCE === undefined ? engineSocket() : {});

function engineSocket(): Docker.DockerOptions {
  const host = askDocker(['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}']);
  // Another kind of address comes from DOCKER_HOST, which the library reads by itself.
  if ('reason' in host || !host.answer.startsWith(SOCKET_SCHEME)) return {};
  return { socketPath: host.answer.slice(SOCKET_SCHEME.length) };
}
