import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Compiles the programs and the page before the tests. */
export default function build() {
  const compiler = 'node_modules/typescript/bin/tsc';
  execFileSync(process.execPath, [compiler, '-b', 'tsconfig.build.json', 'tsconfig.page.json'], {
    cwd: join(import.meta.dirname, '..', '..'),
    stdio: 'inherit',
  });
}
