/**
 * Loaded into each child before its program: when the starter is gone, in whatever way, the channel to it closes,
 * and the program is asked to stop.
 */
import { isMainThread } from 'node:worker_threads';

// A program's threads load this too.
if (isMainThread) process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
