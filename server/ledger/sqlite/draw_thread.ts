/** The thread that looks for the winners, beside the writer, so that only those who wait for the draw wait for it. */
import { parentPort, workerData } from 'node:worker_threads';

import { oneLine } from '../../../program/exit';
import type { FoundWinners } from '../draw';
import { isDamage } from './damage';
import { searchInParts } from './draw_parts';

/** What the thread is started with. */
export interface DrawThreadStart {
  readonly folder: string;
}

/** What the thread is told, once: the number to look for. */
export type DrawRequest = number;

/** What the thread answers. */
export type DrawAnswer =
  { readonly found: FoundWinners } | { readonly reason: string; readonly isDamaged: boolean };

async function answer({ folder }: DrawThreadStart, winnerNumber: DrawRequest): Promise<DrawAnswer> {
  try {
    return { found: await searchInParts({ folder, winnerNumber }) };
  } catch (error) {
    return { reason: oneLine(error), isDamaged: isDamage(error) };
  }
}

const port = parentPort;
port?.once('message', (winnerNumber: DrawRequest) => {
  void answer(workerData as DrawThreadStart, winnerNumber).then((found) => port.postMessage(found));
});
