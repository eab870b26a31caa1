/**
 * Preloaded into the server under test (`node --require`), in all its threads: kills the process with SIGKILL at
 * the KILL_PASSAGE-th passage of KILL_POINT. The points are listed in points.ts. The product has no hooks for this;
 * what is patched here must be found, or the server does not start.
 */
'use strict';
const { join } = require('node:path');
const { Socket } = require('node:net');
const { isMainThread } = require('node:worker_threads');

const POINT = process.env.KILL_POINT;
const PASSAGE = Number(process.env.KILL_PASSAGE);
let passages = 0;

/** Whether the process is to be killed here. */
function isDue(point) {
  return point === POINT && ++passages === PASSAGE;
}

function kill() {
  process.kill(process.pid, 'SIGKILL');
}

function pass(point) {
  if (isDue(point)) kill();
}

function original(owner, name) {
  const method = owner[name];
  if (typeof method !== 'function') throw new Error(`kill points: ${name} is not what it was`);
  return method;
}

/** Points before and after a method. */
function around(owner, name, point, then = () => undefined) {
  const method = original(owner, name);
  owner[name] = function (...values) {
    pass(`${point}:before`);
    const result = method.apply(this, values);
    pass(`${point}:after`);
    then(result);
    return result;
  };
}

function patchStore() {
  const { Store } = require(join(__dirname, '../../../dist/server/ledger/sqlite/store.js'));
  /** What the transaction that is open holds: fin, sale, draw. */
  const contents = new Set();
  let hasNewBatch = false;
  around(Store, 'open', 'open');
  around(Store.prototype, 'place', 'append', ({ outcome }) => (hasNewBatch ||= outcome === 'stored'));
  around(Store.prototype, 'finish', 'fin', () => contents.add('fin'));
  around(Store.prototype, 'closeSale', 'sale', () => contents.add('sale'));
  around(Store.prototype, 'recordDraw', 'draw', () => contents.add('draw'));

  const endSegment = original(Store.prototype, 'endSegment');
  Store.prototype.endSegment = function (lines) {
    const isWritten = hasNewBatch;
    hasNewBatch = false;
    if (isWritten) pass('segment:before');
    endSegment.call(this, lines);
    if (!isWritten) return;
    contents.add('batches');
    pass('segment:after');
  };

  const commit = original(Store.prototype, 'commit');
  Store.prototype.commit = function () {
    for (const content of contents) pass(`commit-of-${content}:before`);
    commit.call(this);
    for (const content of contents) pass(`commit-of-${content}:after`);
    contents.clear();
  };
}

/** The creation of the tables, in the middle of opening a new ledger. */
function patchDatabase() {
  const { prototype } = require('better-sqlite3');
  const exec = original(prototype, 'exec');
  prototype.exec = function (sql) {
    const isSchema = sql.includes('CREATE TABLE');
    if (isSchema) pass('schema:before');
    exec.call(this, sql);
    if (isSchema) pass('schema:after');
    return this;
  };
}

function patchSockets() {
  const points = new Map([
    ['ACK,', 'ack'],
    ['WIN,', 'win'],
    ['RCP,', 'receipt'],
  ]);
  /** How long an answer is that says: no receipt yet. */
  const emptyBytes = 12;
  const write = original(Socket.prototype, 'write');
  Socket.prototype.write = function (chunk, ...others) {
    const point = Buffer.isBuffer(chunk) ? points.get(chunk.toString('latin1', 0, 4)) : undefined;
    if (point === undefined || chunk.length === emptyBytes) return write.call(this, chunk, ...others);
    pass(`${point}:before`);
    if (isDue(`${point}:half`)) {
      write.call(this, chunk.subarray(0, chunk.length >> 1));
      kill();
    }
    const isTaken = write.call(this, chunk, ...others);
    pass(`${point}:after`);
    return isTaken;
  };
}

/** What the files of the log are called in the names of points. */
const LOG_FILES = [
  [/^tile\/.*\.p\//, 'log-edge'],
  [/^tile\//, 'log-tile'],
  [/^checkpoint$/, 'log-checkpoint'],
  [/^seal\/agencies$/, 'log-seal-agencies'],
  [/^seal\/numbers$/, 'log-seal-numbers'],
  [/^seal\/checkpoint$/, 'log-seal-checkpoint'],
  [/^result\/agencies$/, 'log-winners'],
];

/** Points before and after a file of the log is written, in the middle of its bytes, and before it gets its name. */
function patchLog() {
  const fileSystem = require('node:fs');
  const { LogFolder } = require(join(__dirname, '../../../dist/server/transparency/log_folder.js'));
  const { LogTree } = require(join(__dirname, '../../../dist/server/transparency/log_tree.js'));
  let file = '';
  around(LogFolder.prototype, 'sync', 'log-sync');
  around(LogFolder.prototype, 'removeFolder', 'log-remove');

  const write = original(LogFolder.prototype, 'write');
  LogFolder.prototype.write = function (name, ...others) {
    const [, point] = LOG_FILES.find(([pattern]) => pattern.test(name)) ?? [];
    if (point === undefined) throw new Error(`kill points: ${name} is no file of the log that is known`);
    file = point;
    pass(`${point}:before`);
    write.call(this, name, ...others);
    pass(`${point}:after`);
    file = '';
  };
  const writeSync = original(fileSystem, 'writeSync');
  fileSystem.writeSync = function (descriptor, bytes, ...others) {
    if (file !== '' && isDue(`${file}:half`)) {
      writeSync.call(this, descriptor, bytes.subarray(0, bytes.length >> 1));
      kill();
    }
    return writeSync.call(this, descriptor, bytes, ...others);
  };
  const renameSync = original(fileSystem, 'renameSync');
  fileSystem.renameSync = function (...names) {
    if (file !== '') pass(`${file}:written`);
    return renameSync.apply(this, names);
  };

  const append = original(LogTree.prototype, 'append');
  LogTree.prototype.append = function (entry) {
    const [, kind] = /^lottery-([a-z]+)\/v1\n/.exec(entry.toString('latin1')) ?? [];
    if (kind === undefined) throw new Error('kill points: an entry is not what it was');
    pass(`log-leaf-${kind}:before`);
    const index = append.call(this, entry);
    pass(`log-leaf-${kind}:after`);
    return index;
  };
}

if (isMainThread) {
  patchSockets();
} else {
  patchDatabase();
  patchStore();
  if (POINT?.startsWith('log-')) patchLog();
}
