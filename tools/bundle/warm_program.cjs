/**
 * `node warm_program.cjs PROGRAM NAME CACHE`: runs a bundled program and, when it has ended with 0, writes what V8
 * has compiled to the file CACHE, with the checksum that loader.cjs looks for.
 *
 * The cache is taken at the end because V8 compiles a function when it is first called.
 */
'use strict';

const { readFileSync, writeFileSync } = require('node:fs');
const { dirname } = require('node:path');
const { Script } = require('node:vm');
const { crc32 } = require('node:zlib');

const [program, name, cache] = process.argv.splice(2);
const source = readFileSync(program);
const script = new Script(source.toString(), { filename: name });
process.once('exit', (code) => {
  if (code !== 0) return;
  const data = script.createCachedData();
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(data, crc32(source)));
  writeFileSync(cache, Buffer.concat([data, checksum]));
});
script.runInThisContext()(require, name, dirname(name), dirname(program));
