/** The thread that looks for the winners, beside the writer, so that only those who wait for the draw wait for it. */
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';

import './keep_alive';
import SqliteDatabase from 'better-sqlite3';

import { oneLine } from '../../../program/exit';
import type { FoundWinners } from '../draw';
import { isDamage } from './damage';
import { scanForWinners } from './draw_scan';
import { LEDGER_FILE } from './store';

/** What the thread is started with. */
export interface DrawThreadStart {
  readonly folder: string;
}

/** What the thread is told, once: the number to look for. */
export type DrawRequest = number;

/** What the thread answers. */
export type DrawAnswer =
  { readonly found: FoundWinners } | { readonly reason: string; readonly isDamaged: boolean };

function answer({ folder }: DrawThreadStart, winnerNumber: DrawRequest): DrawAnswer {
  try {
    const database = new SqliteDatabase(join(folder, LEDGER_FILE), { readonly: true });
    try {
      return { found: scanForWinners(database, winnerNumber) };
    } finally {
      database.close();
    }
  } catch (error) {
    return { reason: oneLine(error), isDamaged: isDamage(error) };
  }
}

const port = parentPort;
port?.once('message', (winnerNumber: DrawRequest) =>
  port.postMessage(answer(workerData as DrawThreadStart, winnerNumber)),
);
