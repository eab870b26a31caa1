/**
 * `node tools/bundle/bundle.mjs [FOLDER [NAME…]]`: bundles the programs of those names into FOLDER, by default all of them
 * into `dist/bundled`, once they are compiled. Nothing is done when nothing has changed.
 */
import { copyFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';

import { licensesOf } from './licenses.mjs';
import { PROGRAMS } from './programs.mjs';
import { digestOf, isUpToDate, writeStamp } from './stamp.mjs';

const ROOT = join(import.meta.dirname, '..', '..');
const BUNDLES = join(ROOT, 'dist', 'bundled');
const PROGRAM_CACHE = 'program.cache';
const PACKAGES_CACHE = 'packages.cache';

/** A script is a function of what a module is given, as a script (its value) and as a module (its export). */
const beforeScript = (given) =>
  `(typeof module === "object" ? module : {}).exports = function (${given.join(', ')}) {`;
const BEFORE_PROGRAM = beforeScript([
  'require',
  '__filename',
  '__dirname',
  'BUNDLE_FOLDER',
  'BUNDLED_PACKAGE',
]);
const BEFORE_PACKAGES = beforeScript(['require', 'module']);
const AFTER = '};';

/** What is started beside the program is a module, and is given what the loader gives the program. */
const BEFORE_OTHERS = '(function (__dirname, BUNDLE_FOLDER) {';
const afterOthers = (name) =>
  `})(require("node:path").join(__dirname, "..", "..", ${JSON.stringify(name)}), __dirname);`;

/**
 * Bundles programs, and what they start.
 *
 * @param {string} bundles where the folder of each is to be
 * @param {readonly string[]} names of the programs, as in programs.mjs
 * @returns {Promise<number>} the exit code; one line on standard error says what has failed. A cache that cannot be made is
 *   told there too, and is no failure: programs start without
 */
export async function bundlePrograms(bundles = BUNDLES, names = PROGRAMS.map(({ name }) => name)) {
  const unknown = names.find((name) => !PROGRAMS.some((program) => program.name === name));
  if (unknown !== undefined) {
    process.stderr.write(
      `${unknown} is no program that is bundled: ${PROGRAMS.map(({ name }) => name).join(', ')} are\n`,
    );
    return 2;
  }
  const stale = PROGRAMS.filter(({ name }) => names.includes(name) && !isFresh(bundles, name));
  if (stale.length === 0) return 0;
  const { stop } = await import('esbuild');
  try {
    const codes = await Promise.all(stale.map((program) => bundleProgram(bundles, program)));
    return Math.max(...codes);
  } finally {
    await stop();
  }
}

function isFresh(bundles, name) {
  return isUpToDate(ROOT, stampOf(bundles, name), join(bundles, name));
}

function stampOf(bundles, name) {
  return join(bundles, `${name}.json`);
}

async function bundleProgram(bundles, program) {
  const { name } = program;
  const folder = join(bundles, name);
  const scratch = join(bundles, `.${name}-${process.pid}`);
  try {
    mkdirSync(scratch, { recursive: true });
    const inputs = await writePrograms(program, scratch);
    const digest = digestOf(ROOT, inputs);
    writeFileSync(join(scratch, 'LICENSES.txt'), licensesOf(ROOT, inputs));
    copyFileSync(join(import.meta.dirname, 'script.cjs'), join(scratch, 'script.js'));
    copyFileSync(join(import.meta.dirname, 'loader.cjs'), join(scratch, 'main.js'));
    const missing = await makeCaches(program, scratch);
    const outputs = outputsOf(program).filter((file) => !missing.includes(file));
    publish(scratch, folder, outputs);
    // Without a cache it is tried again by the next build.
    if (missing.length === 0) writeStamp(ROOT, stampOf(bundles, name), folder, inputs, digest, outputs);
    return 0;
  } catch (error) {
    process.stderr.write(`${program.called} cannot be bundled: ${lineOf(error)}\n`);
    return 1;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** In this order they are put in their places: a loader finds its program there, and no cache of a program before. */
function outputsOf(program) {
  const files = program.others.map(fileOf).flatMap((file) => [`${file}.map`, file]);
  const packages = program.packed.length > 0 ? ['packages.js'] : [];
  const caches = cachesOf(program).map(({ file }) => file);
  return [
    'LICENSES.txt',
    ...files,
    'script.js',
    ...packages,
    'program.js.map',
    'program.js',
    ...caches,
    'main.js',
  ];
}

function cachesOf({ warm, packed, warmPacked }) {
  const ofPackages = packed.length > 0 ? [{ file: PACKAGES_CACHE, make: warmPacked }] : [];
  return [{ file: PROGRAM_CACHE, make: warm }, ...ofPackages];
}

/** Other programs lie in one folder, by their own names. */
function fileOf(entry) {
  return `${basename(entry, '.ts')}.js`;
}

/** Writes the bundled programs. @returns the files that are in them, from the root */
async function writePrograms({ name, others, packages, packed }, folder) {
  const { build } = await import('esbuild');
  const options = {
    absWorkingDir: ROOT,
    tsconfig: 'tsconfig.build.json',
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    // A script has no way to import: what is loaded on demand is in the bundle or required, as Node's own modules are.
    supported: { 'dynamic-import': false },
    alias: { bindings: join(import.meta.dirname, 'bindings.cjs') },
    metafile: true,
    sourcemap: true,
    sourcesContent: false,
    logLevel: 'silent',
  };
  const main = {
    entryPoints: [`${name}/main.ts`],
    outfile: join(folder, 'program.js'),
    external: packages,
    plugins: [takeFromPackages(packed)],
    banner: { js: BEFORE_PROGRAM },
    footer: { js: AFTER },
  };
  const packedOnes = {
    stdin: { contents: exportsOf(packed), resolveDir: ROOT },
    outfile: join(folder, 'packages.js'),
    external: packages,
    // Nobody debugs them here, and a start reads less.
    sourcemap: false,
    minifyWhitespace: true,
    banner: { js: BEFORE_PACKAGES },
    footer: { js: AFTER },
  };
  const beside = others.map((entry) => ({
    entryPoints: [entry],
    outfile: join(folder, fileOf(entry)),
    external: [...packages, ...packed],
    banner: { js: BEFORE_OTHERS },
    footer: { js: afterOthers(name) },
  }));
  const all = [main, ...(packed.length > 0 ? [packedOnes] : []), ...beside];
  const built = await Promise.all(all.map((each) => build({ ...options, ...each })));
  const inputs = built.flatMap(({ metafile }) => Object.keys(metafile.inputs));
  // Others are made here: the list of the packages, and what asks for one of them.
  return [...new Set(inputs.filter((input) => !/^(<stdin>$|packed:)/.test(input)))].sort();
}

/** The packages by name, each loaded when it is asked for. */
function exportsOf(packed) {
  const entries = packed.map((name) => `${JSON.stringify(name)}: () => require(${JSON.stringify(name)}),`);
  return `module.exports = {\n${entries.join('\n')}\n};`;
}

/** What asks for one of these packages gets it out of their own file. */
function takeFromPackages(packed) {
  return {
    name: 'take-from-packages',
    setup(build) {
      build.onResolve({ filter: /./ }, ({ path }) =>
        packed.includes(path) ? { path, namespace: 'packed' } : undefined,
      );
      build.onLoad({ filter: /./, namespace: 'packed' }, ({ path }) => ({
        contents: `module.exports = BUNDLED_PACKAGE(${JSON.stringify(path)});`,
      }));
    },
  };
}

/** @returns the names of those that are missing: one that cannot be made, and all behind it */
async function makeCaches(program, folder) {
  const compiled = join(ROOT, 'dist');
  const name = join(compiled, program.name, 'main.js');
  const missing = cachesOf(program);
  try {
    for (; missing.length > 0; missing.shift()) {
      const [{ file, make }] = missing;
      await make(compiled, { bundle: folder, name, cache: join(folder, file) });
    }
  } catch (error) {
    process.stderr.write(
      `${program.several} will start more slowly, without a code cache: ${lineOf(error)}\n`,
    );
  }
  return missing.map(({ file }) => file);
}

/** Puts the files in their places, each as a whole, while programs may be starting from those that are there. */
function publish(scratch, folder, names) {
  mkdirSync(folder, { recursive: true });
  for (const cache of [PROGRAM_CACHE, PACKAGES_CACHE]) rmSync(join(folder, cache), { force: true });
  for (const name of names) renameSync(join(scratch, name), join(folder, name));
}

function lineOf(error) {
  return String(error instanceof Error ? error.message : error)
    .trim()
    .replace(/\s*\n\s*/g, '; ');
}

if (process.argv[1] === import.meta.filename) {
  const [folder, ...names] = process.argv.slice(2);
  process.exitCode = await bundlePrograms(folder && resolve(folder), names.length === 0 ? undefined : names);
}
