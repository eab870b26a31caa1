/**
 * A program from one file, with V8's code cache: what `node dist/bundled/client/main.js` runs, and
 * `node dist/bundled/server/main.js`. It does what `node dist/client/main.js` does, and paths that are relative to the code
 * mean the same.
 */
'use strict';

const { basename, join } = require('node:path');
const { loadScript, packageNamed } = require('./script.js');

/** Where the compiled program lies, module by module. */
const COMPILED = join(__dirname, '..', '..', basename(__dirname));

loadScript('program')(require, join(COMPILED, 'main.js'), COMPILED, __dirname, packageNamed);
