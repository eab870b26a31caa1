/** Copies the files of SQL and Lua beside the compiled modules that read them. A step of the build, run after the compiler. */
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..', '..');
for (const folder of ['postgres/migrations', 'postgres/functions', 'redis/functions', 'redis/scripts']) {
  const path = join('server', 'ledger', folder);
  const target = join(root, 'dist', path);
  // A file that is gone from the sources must not be found by the compiled server.
  rmSync(target, { recursive: true, force: true });
  cpSync(join(root, path), target, { recursive: true });
}
