import { OperationError } from '../../program/exit';
import { agencyUri, batchUri } from '../../server/ledger/audit_line';
import { AGENCY, BATCH, Refused, valuesOf } from './api/answers';
import { ApiAnswer, ApiClient, NoAnswer } from './api/api_client';

/** Where a bet is stored. */
export interface SoldBet {
  readonly batchId: number;
  readonly betId: number;
}

/** Others may sell for the same agency: so often the id that they have taken meanwhile is left to them. */
const MAX_IDS_TRIED = 10;

/**
 * Sells one bet as a batch of its own, under the ids after the last ones of the agency; exactly once. A batch that gets no
 * answer is sent once more under the same id. An id under which something else is stored, or the same by somebody else,
 * is left to them: nothing of this sale can be stored under it then.
 *
 * @param fields first name, last name, document, birthdate and number
 * @throws Refused when the server refuses it
 * @throws NoAnswer when it is not known whether it is stored; the message tells under which id
 * @throws OperationError when others take one id after the other, or a batch is missing between those of the agency
 */
export async function sellBet(
  api: ApiClient,
  agency: number,
  fields: readonly string[],
  stop: AbortSignal,
): Promise<SoldBet> {
  for (let tried = 0; tried < MAX_IDS_TRIED; tried++) {
    const answer = await api.ask({ method: 'GET', path: agencyUri(agency) }, stop);
    const { last_batch_id: lastBatch, last_bet_id: lastBet, batches } = valuesOf(answer, AGENCY);
    // What lies beyond a gap may have any bet ids.
    if (batches !== lastBatch) {
      throw new OperationError(
        `agency ${agency} has batches beyond batch ${lastBatch}, and one between is missing: sell with \`batch\``,
      );
    }
    const sold = { batchId: lastBatch + 1, betId: lastBet + 1 };
    const line = [sold.betId, ...fields.map(csvField)].join(',');
    if (await sellBatch(api, batchUri(agency, sold.batchId), line, stop)) return sold;
  }
  throw new OperationError(
    `others sell for agency ${agency}: they took ${MAX_IDS_TRIED} batch ids, one after the other`,
  );
}

/** @returns whether it is stored; false when the id is somebody else's */
async function sellBatch(api: ApiClient, path: string, body: string, stop: AbortSignal): Promise<boolean> {
  const send = (): Promise<ApiAnswer> =>
    api.ask({ method: 'PUT', path, body, headers: { 'content-type': 'text/csv' } }, stop);
  let isSentBefore = false;
  let answer: ApiAnswer;
  try {
    answer = await send();
  } catch (error) {
    if (!(error instanceof NoAnswer) || stop.aborted) throw withPath(error, path);
    isSentBefore = true;
    answer = await send().catch((second: unknown) => {
      throw withPath(second, path);
    });
  }
  try {
    const { outcome } = valuesOf(answer, BATCH);
    return outcome === 'stored' || isSentBefore;
  } catch (error) {
    if (error instanceof Refused && error.code === 'batch-conflict') return false;
    throw error;
  }
}

function withPath(error: unknown, path: string): unknown {
  if (!(error instanceof NoAnswer)) return error;
  return new NoAnswer(`${error.message}; \`get ${path}\` tells whether it is stored`);
}

/** A field that begins with a quote would be read as one in quotes. */
function csvField(field: string): string {
  return field.startsWith('"') ? `"${field.replaceAll('"', '""')}"` : field;
}
