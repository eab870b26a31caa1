/**
 * Scripts with V8's code cache beside them, in the folder of this file: `program.js`, and `packages.js` where the program has
 * packages in a file of their own.
 *
 * V8 holds a cache against its own version and flags, and rejects one that does not fit; of the script it compares no more
 * than the length, of the cache's content nothing. So a checksum over the script and the cache, which ends the cache's
 * file, is looked at first. A cache that is missing, damaged or another script's is left out: what is in the script is then
 * only slower to begin with.
 */
'use strict';

const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { Script } = require('node:vm');
const { crc32 } = require('node:zlib');

const CHECKSUM_BYTES = 4;

/** The scripts that were loaded, by name, each with its source. */
const scripts = new Map();

/** @returns the value of a script */
function loadScript(name) {
  const file = join(__dirname, `${name}.js`);
  // Node maps the stack traces of modules to their sources, not those of scripts.
  if (process.sourceMapsEnabled) return require(file);
  const source = readFileSync(file);
  const cachedData = readCache(join(__dirname, `${name}.cache`), source);
  const script = new Script(source.toString(), { filename: file, cachedData });
  scripts.set(name, { script, source });
  return script.runInThisContext();
}

function readCache(path, source) {
  let file;
  try {
    file = readFileSync(path);
  } catch {
    return undefined;
  }
  if (file.length <= CHECKSUM_BYTES) return undefined;
  const length = file.length - CHECKSUM_BYTES;
  const cache = file.subarray(0, length);
  return crc32(cache, crc32(source)) === file.readUInt32BE(length) ? cache : undefined;
}

let packages;

/** A package out of `packages.js`, which is loaded when the first of them is asked for. */
function packageNamed(name) {
  if (packages === undefined) {
    const module = { exports: {} };
    loadScript('packages')(require, module);
    packages = module.exports;
  }
  return packages[name]();
}

module.exports = { loadScript, packageNamed, scripts };
