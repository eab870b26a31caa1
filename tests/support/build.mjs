import { execFileSync } from 'node:child_process';

/** Compiles the programs before the tests. */
export default function build() {
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-b', 'tsconfig.build.json'], {
    cwd: new URL('../..', import.meta.url),
    stdio: 'inherit',
  });
}
