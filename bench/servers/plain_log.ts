/**
 * The plain log, the limit of what a durable server can do: checks every field, appends everything that waits to a
 * file, syncs it and answers. It refuses no duplicate and answers no questions.
 *
 * Usage: `node plain_log.js FILE`.
 */
import { constants, openSync, writev } from 'node:fs';

import { acknowledge, PlacedBatch, serveBare } from './bare_door';

/** What one call of the kernel takes (IOV_MAX). */
const MAX_GROUP = 1_024;
/** Groups that are being written at a time: measured fastest of 1, 2 and 3. */
const MAX_WRITES = 2;
const { O_CREAT, O_WRONLY, O_APPEND, O_DSYNC } = constants;

const file = process.argv[2];
if (file === undefined) throw new Error('usage: node plain_log.js FILE');
// With O_DSYNC a write is one with fdatasync: a single call, and a single exchange with another thread.
const descriptor = openSync(file, O_CREAT | O_WRONLY | O_APPEND | O_DSYNC, 0o600);

const waiting: PlacedBatch[] = [];
let writes = 0;

function writeGroup(): void {
  if (writes >= MAX_WRITES || waiting.length === 0) return;
  const group = waiting.splice(0, MAX_GROUP);
  const texts = group.map(({ text }) => text);
  const bytes = texts.reduce((sum, text) => sum + text.length, 0);
  writes++;
  writev(descriptor, texts, (error, written) => {
    if (error !== null) throw error;
    if (written !== bytes) throw new Error('the log took only a part of a group');
    writes--;
    acknowledge(group);
    writeGroup();
  });
}

serveBare(
  (batch) => {
    waiting.push(batch);
    // What else has come in this turn of the event loop belongs to the group.
    if (waiting.length === 1) setImmediate(writeGroup);
  },
  // The file goes with the process.
  () => undefined,
);
