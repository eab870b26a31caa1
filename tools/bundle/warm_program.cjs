/**
 * `node warm_program.cjs FOLDER NAME CACHE`: runs the bundled program in FOLDER under the path NAME and, when it has ended
 * with 0, writes what V8 has compiled of the script that the file CACHE is named after, with the checksum that script.cjs
 * looks for.
 *
 * The cache is taken at the end because V8 compiles a function when it is first called.
 */
'use strict';

const { writeFileSync } = require('node:fs');
const { basename, dirname, join } = require('node:path');
const { crc32 } = require('node:zlib');

const [folder, name, cache] = process.argv.splice(2);
const { loadScript, packageNamed, scripts } = require(join(folder, 'script.js'));

process.once('exit', (code) => {
  if (code !== 0) return;
  const { script, source } = scripts.get(basename(cache, '.cache'));
  const data = script.createCachedData();
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(data, crc32(source)));
  writeFileSync(cache, Buffer.concat([data, checksum]));
});
loadScript('program')(require, name, dirname(name), folder, packageNamed);
