import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Compiles the programs before the tests. */
export default function build() {
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-b', 'tsconfig.build.json'], {
    cwd: join(import.meta.dirname, '..', '..'),
    stdio: 'inherit',
  });
}
