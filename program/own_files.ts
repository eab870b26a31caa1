/**
 * Where a program finds what belongs to it: other programs and threads of its own, and files that are no code.
 *
 * A bundled program (tools/bundle/) has the code of all modules in one file. Its loader gives that the `__dirname` of the
 * compiled program, which is as deep in `dist/` as this module's, and its own folder as BUNDLE_FOLDER.
 */
import { basename, extname, join } from 'node:path';

declare const BUNDLE_FOLDER: string | undefined;

/** Where the modules lie: `dist`, or the project's root when tests run the TypeScript. */
const CODE = join(__dirname, '..');
const PROJECT = extname(__filename) === '.ts' ? CODE : join(CODE, '..');

/** A file or folder that the build puts among the compiled modules. @param path from the project's root */
export function besideCode(path: string): string {
  return join(CODE, path);
}

/** A file or folder of the project as it is written. @param path from the project's root */
export function inProject(path: string): string {
  return join(PROJECT, path);
}

/**
 * A program to be started by this one, or a thread: the compiled module, or what it was bundled to where this program is
 * bundled.
 *
 * @param module from the project's root, without extension, such as `server/log_thread`; the table of tools/bundle/programs.mjs
 *   names each one
 */
export function ownProgram(module: string): string {
  const isBundled = typeof BUNDLE_FOLDER !== 'undefined';
  return isBundled ? join(BUNDLE_FOLDER, `${basename(module)}.js`) : join(CODE, `${module}.js`);
}
