/** Paths of the API behind the commands of memcached: the same operations as over HTTP, in the same forms. */
import type { Lottery } from '../../lottery/lottery';
import { awaitedDrawAnswer, drawAnswer, listAnswer, sumsAnswer, winnersAnswer } from '../http/answers';
import { readCsvBatch } from '../http/batches/csv_batch';
import { checkGivenBatch } from '../http/batches/given_batch';
import { storedAsCsv } from '../http/batches/stored_bets';
import { jsonBody } from '../http/json_body';
import { DRAW_TIMEOUT_MS, MAX_LISTED_AGENCIES } from '../http/limits';
import { Refusal } from '../http/refusals/problem';
import type { Target } from './targets';

/** What is no note. */
export type PathTarget = Exclude<Target, { kind: 'note' }>;

/**
 * Reads what stands under a path: bets as CSV, anything else as JSON. A draw that is being held is waited for, as
 * over HTTP.
 *
 * @param signal aborted when nobody waits any more
 * @returns `undefined` where nothing is stored
 * @throws ProtocolError, Refusal
 */
export async function readPath(
  lottery: Lottery,
  target: PathTarget,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  switch (target.kind) {
    case 'draw': {
      const { draw, view } = await lottery.drawNow(undefined, drawTimeout(signal));
      const { terms } = lottery;
      return jsonBody(draw === undefined ? awaitedDrawAnswer(terms, view) : drawAnswer(terms, draw));
    }
    case 'agencies': {
      const standings = await lottery.standings(0, MAX_LISTED_AGENCIES);
      return jsonBody(listAnswer(0, standings, lottery.terms.agencies));
    }
    case 'agency': {
      const standing = await lottery.standing(target.agency);
      const { check } = await lottery.checkUpTo(target.agency, standing.lastBatchId);
      return jsonBody({ ...sumsAnswer(target.agency, standing), check });
    }
    case 'winners': {
      const documents = await lottery.winnersNow(target.agency, undefined, drawTimeout(signal));
      if (documents !== undefined) return jsonBody(winnersAnswer(target.agency, documents));
      throw new Refusal('not-drawn', 'the draw has not run: not all agencies have finished');
    }
    case 'batch': {
      const text = await lottery.batchText(target.agency, target.batchId);
      return text && Buffer.from(storedAsCsv(text));
    }
    case 'finish':
      return undefined;
  }
}

function drawTimeout(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(DRAW_TIMEOUT_MS)]);
}

/**
 * Sells a batch of bets, as CSV, or ends an agency's sale, whatever the value is.
 *
 * @param maxPayloadBytes the longest payload of a batch
 * @throws ProtocolError, Refusal
 */
export async function writePath(
  lottery: Lottery,
  target: PathTarget,
  value: Buffer,
  maxPayloadBytes: number,
): Promise<void> {
  switch (target.kind) {
    case 'batch': {
      const batch = checkGivenBatch(readCsvBatch(target.agency, value), target.batchId, maxPayloadBytes);
      await lottery.place(batch);
      return;
    }
    case 'finish':
      return lottery.finish(target.agency);
    default:
      throw new Refusal('method-not-allowed', 'this can only be read');
  }
}
