/** The run of a program from which its code cache is made. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clearTimeout, setTimeout } from 'node:timers';

/**
 * What a run is made with: the folder of the bundled program, the path of the compiled one, and where the cache is to be, under
 * the name of its script.
 *
 * @typedef {{ bundle: string, name: string, cache: string }} WarmFiles
 */

/** A run takes less than a second. */
const LIMIT_MS = 30_000;

/**
 * Calls what is given with a folder of its own in `folder`, which is then removed.
 *
 * @template Value
 * @param {(folder: string) => Promise<Value>} use
 * @returns {Promise<Value>}
 */
export async function inScratchFolder(use) {
  const folder = mkdtempSync(join(tmpdir(), 'lottery-bundle-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Runs a program to its end; `warm_program.cjs` then writes a code cache.
 *
 * @param {WarmFiles} files
 * @param {string} folder to run it in
 * @param {Readonly<Record<string, string>>} environment all of it
 * @param {(child: import('node:child_process').ChildProcess) => Promise<void>} [use] what is done with it while it runs.
 *   Without it the output is not read
 * @returns {Promise<void>} rejected when the program fails, or what is done with it, or after 30 seconds
 */
export async function runToItsEnd({ bundle, name, cache }, folder, environment, use) {
  const child = fork(join(import.meta.dirname, 'warm_program.cjs'), [bundle, name, cache], {
    cwd: folder,
    env: environment,
    // What Node is told here would be in the cache's flags.
    execArgv: [],
    stdio: ['ignore', use === undefined ? 'ignore' : 'pipe', 'pipe', 'ipc'],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (errors += text));
  const ended = once(child, 'close').then(([code, signal]) => {
    if (code === 0) return;
    throw new Error(errors.trim().split('\n').pop() || `the program has ended with ${code ?? signal}`);
  });
  try {
    // One that fails is not waited for any more.
    await Promise.all([ended, use?.(child)]);
  } finally {
    clearTimeout(timer);
    child.kill('SIGKILL');
    await ended.catch(() => undefined);
  }
}
