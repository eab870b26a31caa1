/** Copies the SQL files beside the compiled modules that read them. A step of the build, run after the compiler. */
import { cpSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';

const root = join(import.meta.dirname, '..', '..', '..');
const target = join(root, 'dist', relative(root, import.meta.dirname));
for (const folder of ['migrations', 'functions']) {
  // A file that is gone from the sources must not be found by the compiled server.
  rmSync(join(target, folder), { recursive: true, force: true });
  cpSync(join(import.meta.dirname, folder), join(target, folder), { recursive: true });
}
