/**
 * A program from one file, with V8's code cache: what `node dist/bundled/client/main.js` runs, and
 * `node dist/bundled/server/main.js`. It does what `node dist/client/main.js` does, and paths that are relative to the code
 * mean the same.
 *
 * V8 holds a cache against its own version and flags, and rejects one that does not fit; of the program it compares no more
 * than the length, of the cache's content nothing. So a checksum over the program and the cache, which ends the cache's
 * file, is looked at first. A cache that is missing, damaged or another program's is left out: the program then only starts
 * more slowly.
 */
'use strict';

const { readFileSync } = require('node:fs');
const { basename, join } = require('node:path');
const { Script } = require('node:vm');
const { crc32 } = require('node:zlib');

const PROGRAM = join(__dirname, 'program.js');
const CACHE = join(__dirname, 'program.cache');
const CHECKSUM_BYTES = 4;
/** Where the compiled program lies, module by module. */
const COMPILED = join(__dirname, '..', '..', basename(__dirname));

function loadProgram() {
  // Node maps the stack traces of modules to their sources, not those of scripts.
  if (process.sourceMapsEnabled) return require(PROGRAM);
  const source = readFileSync(PROGRAM);
  const script = new Script(source.toString(), { filename: PROGRAM, cachedData: readCache(source) });
  return script.runInThisContext();
}

function readCache(source) {
  let file;
  try {
    file = readFileSync(CACHE);
  } catch {
    return undefined;
  }
  if (file.length <= CHECKSUM_BYTES) return undefined;
  const length = file.length - CHECKSUM_BYTES;
  const cache = file.subarray(0, length);
  return crc32(cache, crc32(source)) === file.readUInt32BE(length) ? cache : undefined;
}

loadProgram()(require, join(COMPILED, 'main.js'), COMPILED, __dirname);
