import { join } from 'node:path';

/** The project's root. */
export const ROOT = join(__dirname, '..', '..');

/** The compiled code, built before all tests. */
export const DIST = join(ROOT, 'dist');

/**
 * Loads a compiled module: for code that starts threads, whose files must be JavaScript.
 *
 * @param path from the project's root, without extension
 */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller names what it loads
export function builtModule<Module>(path: string): Module {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require(join(DIST, path)) as Module;
}
