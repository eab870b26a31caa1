/** The thread that moves the write-ahead log into the database beside the writer. */
import { parentPort, workerData } from 'node:worker_threads';

import './keep_alive';
import SqliteDatabase, { Database } from 'better-sqlite3';

import { ASKED, ENDED, ENDING, IDLE, LogMoverStart } from './log_mover';

/** It reads from the log, not through the cache. */
const CACHE_KIBIBYTES = 256;

function open(file: string): Database {
  const database = new SqliteDatabase(file, { fileMustExist: true });
  // A log is synced before it is moved, and the database before the log may be started over.
  database.pragma('synchronous = FULL');
  database.pragma('wal_autocheckpoint = 0');
  database.pragma(`cache_size = -${CACHE_KIBIBYTES}`);
  return database;
}

/** Serves until it is told to end. */
function serve(state: Int32Array, database: Database): void {
  const checkpoint = database.prepare('PRAGMA wal_checkpoint(PASSIVE)');
  for (;;) {
    Atomics.wait(state, 0, IDLE);
    const told = Atomics.load(state, 0);
    if (told === ENDING) return;
    if (told !== ASKED) continue;
    try {
      checkpoint.get();
    } catch {
      // The log stays as it is. The writer will move it, and tell what is wrong.
    }
    Atomics.compareExchange(state, 0, ASKED, IDLE);
    Atomics.notify(state, 0);
  }
}

function run({ file, state: memory }: LogMoverStart): void {
  const state = new Int32Array(memory);
  let database: Database | undefined;
  try {
    database = open(file);
    serve(state, database);
  } catch {
    // It ends. The writer moves the log without it.
  } finally {
    database?.close();
    Atomics.store(state, 0, ENDED);
    Atomics.notify(state, 0);
  }
}

if (parentPort !== null) run(workerData as LogMoverStart);
