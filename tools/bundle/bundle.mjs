/**
 * `node tools/bundle/bundle.mjs [FOLDER]`: bundles the agency into FOLDER, by default `dist/bundled`, once it is compiled.
 * Nothing is done when nothing has changed.
 */
import { copyFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { licensesOf } from './licenses.mjs';
import { digestOf, isUpToDate, writeStamp } from './stamp.mjs';
import { makeCache } from './warm_run.mjs';

const ROOT = join(import.meta.dirname, '..', '..');
const CACHE = 'program.cache';
/** In this order they are put in their places: a loader finds its program there, and no cache of a program before. */
const OUTPUTS = ['LICENSES.txt', 'program.js.map', 'program.js', CACHE, 'health_check.js', 'main.js'];

/** The program is a function of what a module is given, as a script (its value) and as a module (its export). */
const BEFORE =
  '(typeof module === "object" ? module : {}).exports = function (require, __filename, __dirname) {';
const AFTER = '};';

/**
 * Bundles the agency, and what looks after its health in a container.
 *
 * @param {string} bundles where the folder `client` is to be
 * @returns {Promise<number>} the exit code; one line on standard error says what has failed. A cache that cannot be made is
 *   told there too, and is no failure: agencies start without
 */
export async function bundleAgency(bundles = join(ROOT, 'dist', 'bundled')) {
  const folder = join(bundles, 'client');
  const stamp = join(bundles, 'client.json');
  if (isUpToDate(ROOT, stamp, folder)) return 0;
  const scratch = join(bundles, `.client-${process.pid}`);
  try {
    mkdirSync(scratch, { recursive: true });
    const inputs = await writePrograms(scratch);
    const digest = digestOf(ROOT, inputs);
    writeFileSync(join(scratch, 'LICENSES.txt'), licensesOf(ROOT, inputs));
    copyFileSync(join(import.meta.dirname, 'loader.cjs'), join(scratch, 'main.js'));
    const hasCache = await tryMakeCache(scratch);
    const outputs = hasCache ? OUTPUTS : OUTPUTS.filter((name) => name !== CACHE);
    publish(scratch, folder, outputs);
    // Without a cache it is tried again by the next build.
    if (hasCache) writeStamp(ROOT, stamp, folder, inputs, digest, outputs);
    return 0;
  } catch (error) {
    process.stderr.write(`the agency cannot be bundled: ${lineOf(error)}\n`);
    return 1;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Writes the bundled programs. @returns the files that are in them, from the root */
async function writePrograms(folder) {
  const { build, stop } = await import('esbuild');
  const options = {
    absWorkingDir: ROOT,
    tsconfig: 'tsconfig.build.json',
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    // A script has no way to import: what is loaded on demand is in the bundle, and Node's own modules are required.
    supported: { 'dynamic-import': false },
    metafile: true,
    logLevel: 'silent',
  };
  try {
    const built = await Promise.all([
      build({
        ...options,
        entryPoints: ['client/main.ts'],
        outfile: join(folder, 'program.js'),
        banner: { js: BEFORE },
        footer: { js: AFTER },
        sourcemap: true,
        sourcesContent: false,
      }),
      build({
        ...options,
        entryPoints: ['tools/health/health_check.ts'],
        outfile: join(folder, 'health_check.js'),
      }),
    ]);
    return [...new Set(built.flatMap(({ metafile }) => Object.keys(metafile.inputs)))].sort();
  } finally {
    await stop();
  }
}

async function tryMakeCache(folder) {
  const name = join(ROOT, 'dist', 'client', 'main.js');
  try {
    await makeCache(join(ROOT, 'dist'), join(folder, 'program.js'), name, join(folder, CACHE));
    return true;
  } catch (error) {
    process.stderr.write(`agencies will start more slowly, without a code cache: ${lineOf(error)}\n`);
    return false;
  }
}

/** Puts the files in their places, each as a whole, while agencies may be starting from those that are there. */
function publish(scratch, folder, names) {
  mkdirSync(folder, { recursive: true });
  rmSync(join(folder, CACHE), { force: true });
  for (const name of names) renameSync(join(scratch, name), join(folder, name));
}

function lineOf(error) {
  return String(error instanceof Error ? error.message : error)
    .trim()
    .replace(/\s*\n\s*/g, '; ');
}

if (process.argv[1] === import.meta.filename) process.exitCode = await bundleAgency(process.argv[2]);
