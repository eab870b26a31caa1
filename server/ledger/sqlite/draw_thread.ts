/** The thread that looks for the winners, beside the writer, so that nobody waits for the draw but those who must. */
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';

import './keep_alive';
import SqliteDatabase from 'better-sqlite3';

import { oneLine } from '../../../program/exit';
import type { FoundWinners } from '../ledger';
import { scanForWinners } from './draw_scan';
import { LEDGER_FILE } from './store';

/** What the thread is started with. */
export interface DrawStart {
  readonly folder: string;
  readonly winnerNumber: number;
}

/** What the thread answers, once, when it is told to begin. */
export type DrawAnswer = { readonly found: FoundWinners } | { readonly reason: string };

function answer({ folder, winnerNumber }: DrawStart): DrawAnswer {
  try {
    const database = new SqliteDatabase(join(folder, LEDGER_FILE), { readonly: true });
    try {
      return { found: scanForWinners(database, winnerNumber) };
    } finally {
      database.close();
    }
  } catch (error) {
    return { reason: oneLine(error) };
  }
}

const port = parentPort;
// Any message is the sign to begin.
port?.once('message', () => port.postMessage(answer(workerData as DrawStart)));
