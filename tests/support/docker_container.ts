/** What the tests do with one container of theirs. */
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';

import type { Container } from 'dockerode';

import { docker } from './docker_engine';
import { linesOfOutput, OutputText } from './docker_output';
import { slackMs } from './machine';

/** Nothing that a test waits for takes longer, on a loaded machine either. */
const WAIT_TIMEOUT_MS = 90_000;
const LOOK_INTERVAL_MS = 100;
/** Docker kills what has not ended then: far above what is allowed, so that a slow end is seen as what it is. */
const STOP_GRACE_SECONDS = 20;
const SHOWN_LINES = 8;

/** How a container ended. */
export interface Ending {
  readonly exitCode: number;
  /** From the moment of the signal to the end of the process. */
  readonly tookMs: number;
  /** How much longer it may take on a machine that is busy. */
  readonly slackMs: number;
}

/** Everything that the container has printed so far, all its runs. */
export async function linesOf(container: Container): Promise<string[]> {
  return linesOfOutput(await container.logs({ stdout: true, stderr: true, follow: false }));
}

/**
 * Waits until a running container has printed a line so many times, since it was created.
 *
 * @throws Error when it ends before, or prints no such line in time; the last lines stand in the message
 */
export async function untilLine(container: Container, pattern: RegExp, count = 1): Promise<void> {
  const output = await container.logs({ stdout: true, stderr: true, follow: true });
  const text = new OutputText();
  const lines = createInterface({ input: output.pipe(text) });
  const timer = setTimeout(() => text.end(), WAIT_TIMEOUT_MS);
  const last: string[] = [];
  let seen = 0;
  try {
    for await (const line of lines) {
      if (pattern.test(line) && ++seen >= count) return;
      if (last.push(line) > SHOWN_LINES) last.shift();
    }
  } finally {
    clearTimeout(timer);
    if (output instanceof Readable) output.destroy();
  }
  const { Name: name } = await container.inspect();
  throw new Error(`${name}: ${String(pattern)} came ${seen} times, not ${count}; last:\n${last.join('\n')}`);
}

/**
 * Waits for the end of a container's process.
 *
 * @returns its exit code
 * @throws Error when it does not end in time
 */
export async function untilExit(container: Container): Promise<number> {
  return untilFound('the end of a container', async () => {
    const { State: state } = await container.inspect();
    return state.Running || state.Status === 'created' ? undefined : state.ExitCode;
  });
}

/** Waits for the end of a container's starting, which must be that it is healthy. */
export async function untilHealthy(container: Container): Promise<void> {
  const status = await untilFound('the end of starting', async () => {
    const { State: state } = await container.inspect();
    return state.Health?.Status === 'starting' ? undefined : state.Health?.Status;
  });
  expect(status).toBe('healthy');
}

/** Looks again and again until something is found. */
export async function untilFound<Found>(
  what: string,
  look: () => Promise<Found | undefined>,
): Promise<Found> {
  const deadlineMs = performance.now() + WAIT_TIMEOUT_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadlineMs)
      throw new Error(`${what} did not come in ${WAIT_TIMEOUT_MS / 1_000} s`);
    await pause(LOOK_INTERVAL_MS);
  }
}

/** `docker stop`, timed: the engine runs on this machine, so that its clock is ours. */
export async function stop(container: Container): Promise<Ending> {
  const slack = slackMs();
  const signalledAtMs = Date.now();
  await container.stop({ t: STOP_GRACE_SECONDS });
  const { State: state } = await container.inspect();
  return {
    exitCode: state.ExitCode,
    tookMs: Date.parse(state.FinishedAt) - signalledAtMs,
    slackMs: await slack,
  };
}

/** `docker kill`: the process gets SIGKILL. */
export async function killAtOnce(container: Container): Promise<void> {
  await container.kill({ signal: 'SIGKILL' });
  const exitCode = await untilExit(container);
  // 128 and the signal's number.
  expect(exitCode).toBe(137);
}

/** Runs a command in a running container; its user and folder are those of the image. */
export async function runIn(
  container: Container,
  ...words: string[]
): Promise<{ exitCode: number; lines: string[] }> {
  const command = await container.exec({ Cmd: words, AttachStdout: true, AttachStderr: true });
  const lines = linesOfOutput(await buffer(await command.start({})));
  const { ExitCode: exitCode } = await command.inspect();
  return { exitCode: exitCode ?? -1, lines };
}

/**
 * Kills a container's process from outside, as the kernel would when memory is short: for the engine this is a
 * crash, not somebody's wish.
 */
export async function crash(container: Container): Promise<void> {
  const { State: state } = await container.inspect();
  const killer = await docker.createContainer({
    Image: 'busybox:1',
    Cmd: ['kill', '-9', String(state.Pid)],
    HostConfig: { PidMode: 'host' },
  });
  try {
    await killer.start();
    expect(await untilExit(killer)).toBe(0);
  } finally {
    await killer.remove({ force: true });
  }
}
