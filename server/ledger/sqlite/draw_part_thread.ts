/** A thread that looks for the winners in a part of the ledger, beside the one of the draw. */
import { parentPort, workerData } from 'node:worker_threads';

import { oneLine } from '../../../program/exit';
import { isDamage } from './damage';
import { DrawPartAnswer, DrawPartStart, searchPart } from './draw_parts';

function answer(start: DrawPartStart): DrawPartAnswer {
  try {
    return { found: searchPart(start, start.part) };
  } catch (error) {
    return { reason: oneLine(error), isDamaged: isDamage(error) };
  }
}

parentPort?.postMessage(answer(workerData as DrawPartStart));
