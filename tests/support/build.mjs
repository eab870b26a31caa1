import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const PROJECTS = ['tsconfig.build.json', 'tsconfig.page.json', 'tsconfig.bench.json'];

/** Compiles the programs, the page and the benchmark before the tests. */
export default function build() {
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-b', ...PROJECTS], {
    cwd: join(import.meta.dirname, '..', '..'),
    stdio: 'inherit',
  });
}
