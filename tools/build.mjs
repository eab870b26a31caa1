/**
 * `node tools/build.mjs [PROJECT…]`: compiles the programs and the page, and further TypeScript projects that are named;
 * then bundles the agency and the server.
 * On standard error it says that it does so when it takes longer than a moment, so that no command begins in silence.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { clearTimeout, setTimeout } from 'node:timers';

import { bundlePrograms } from './bundle/bundle.mjs';

const ROOT = join(import.meta.dirname, '..');
const COMPILER = 'node_modules/typescript/bin/tsc';
const PROJECTS = ['tsconfig.build.json', 'tsconfig.page.json'];
/** What was compiled before is looked through in less. */
const MOMENT_MS = 1_500;

/**
 * Compiles, copies the files that are read beside the compiled ones, and bundles the agency and the server.
 *
 * @param {readonly string[]} more further projects
 * @returns {Promise<number>} the exit code; what is wrong with the code stands on standard output
 */
export async function build(more = []) {
  if (!existsSync(join(ROOT, COMPILER))) {
    process.stderr.write('the packages are not installed: run `npm ci` first\n');
    return 1;
  }
  const isFirst = !existsSync(join(ROOT, 'dist', '.tsbuildinfo'));
  const say = () =>
    process.stderr.write(`compiling${isFirst ? ', which takes about ten seconds the first time' : ''} …\n`);
  const timer = setTimeout(say, isFirst ? 0 : MOMENT_MS);
  try {
    const code = await run(COMPILER, '-b', ...PROJECTS, ...more);
    return code || (await run('server/ledger/remote/copy_scripts.mjs')) || (await bundlePrograms());
  } finally {
    clearTimeout(timer);
  }
}

function run(...words) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, words, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

if (process.argv[1] === import.meta.filename) process.exitCode = await build(process.argv.slice(2));
