/** How fast the machine is at this moment: tests hold times against it, since it may have other things to do. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const SLACK_RATIO = 10;

/**
 * How much longer than it has promised a program may take to end here and now: ten times what a program that does nothing
 * takes from its start to its end. Called at the moment of what is timed, it meets the same load.
 */
export async function slackMs(): Promise<number> {
  const startedMs = performance.now();
  await once(spawn(process.execPath, ['-e', ''], { stdio: 'ignore' }), 'exit');
  return SLACK_RATIO * (performance.now() - startedMs);
}
