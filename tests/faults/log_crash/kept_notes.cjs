/**
 * Preloaded into the server under test (`node --require`), in all its threads: appends every checkpoint that is signed
 * to the file KEPT_NOTES, before the server writes it. The product has no hooks for this.
 */
'use strict';
const { appendFileSync } = require('node:fs');
const { join } = require('node:path');
const { isMainThread } = require('node:worker_threads');

if (!isMainThread) {
  const { LogFolder } = require(join(__dirname, '../../../dist/server/transparency/log_folder.js'));
  const write = LogFolder.prototype.write;
  if (typeof write !== 'function') throw new Error('kept notes: write is not what it was');
  LogFolder.prototype.write = function (name, bytes, ...others) {
    if (/(^|\/)checkpoint$/.test(name)) {
      appendFileSync(process.env.KEPT_NOTES, `${Buffer.from(bytes).toString('base64')}\n`);
    }
    write.call(this, name, bytes, ...others);
  };
}
