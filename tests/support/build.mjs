import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const PROJECTS = ['tsconfig.build.json', 'tsconfig.page.json', 'tsconfig.bench.json'];

/** Compiles the programs, the page and the benchmark before the tests, and copies the files that are read beside them. */
export default function build() {
  const run = (...words) =>
    execFileSync(process.execPath, words, { cwd: join(import.meta.dirname, '..', '..'), stdio: 'inherit' });
  run('node_modules/typescript/bin/tsc', '-b', ...PROJECTS);
  run('server/ledger/postgres/copy_sql.mjs');
}
