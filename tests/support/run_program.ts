/** Programs that are run to their end, and looked into from within. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

import { ROOT } from './built';
import type { Stage } from './programs';

/** How a program has ended, and what it has said. */
export interface EndedProgram {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs Node with these words in the project's root, to its end. @param environment all of it, but PATH */
export function runToEnd(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): EndedProgram {
  const { status, stdout, stderr } = spawnSync(process.execPath, words, {
    cwd: ROOT,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], ...environment },
  });
  return { status, stdout, stderr };
}

/** Runs `PROGRAM --help` with source maps. @returns the stack at which it has begun to listen for SIGTERM */
export function stackWithSourceMaps(stage: Stage, program: string): string {
  const hook = stage.path('hook.cjs');
  writeFileSync(
    hook,
    `process.on = new Proxy(process.on, { apply: (on, self, [name, call]) => {
      if (name === 'SIGTERM') console.error(new Error('here').stack);
      return Reflect.apply(on, self, [name, call]);
    } });`,
  );
  return runToEnd(['--require', hook, '--enable-source-maps', program, '--help']).stderr;
}

/** Has a program tell at its end what its main thread has loaded. */
export class LoadedModules {
  readonly #file: string;
  /** What the program's environment must hold. */
  readonly environment: Readonly<Record<string, string>>;

  constructor(stage: Stage) {
    this.#file = stage.path('loaded');
    const hook = stage.path('hook.cjs');
    writeFileSync(
      hook,
      `if (require('node:worker_threads').isMainThread) process.on('exit', () =>
      require('node:fs').writeFileSync(${JSON.stringify(this.#file)}, Object.keys(require.cache).join('\\n')));`,
    );
    this.environment = { NODE_OPTIONS: `--require ${JSON.stringify(hook)}` };
  }

  /** The files of the modules, once the program has ended. */
  get files(): readonly string[] {
    return readFileSync(this.#file, 'utf8').split('\n');
  }
}
