/** The batches of an agency. */
import type { FastifyInstance, FastifyRequest } from 'fastify';

import { STATUS_OF_OUTCOME } from '../../../ledger/audit_line';
import { chooseMediaType } from '../requests/accept';
import { apiOptions, BATCH_PATH, JSON_TYPE } from './api_route';
import { readBody } from '../requests/body';
import { readCsvBatch } from '../batches/csv_batch';
import { checkGivenBatch, GivenBatch } from '../batches/given_batch';
import { readJsonBatch } from '../batches/json_batch';
import { pathNumbers } from './path_numbers';
import { Refusal } from '../refusals/problem';
import { BETS_ANSWER, PLACED_ANSWER } from './schemas';
import { storedAsCsv, storedAsJson } from '../batches/stored_bets';
import type { HttpSurroundings } from '../context';

const JSON_BODY = 'application/json';
const CSV_BODY = 'text/csv';
const CSV_TYPE = `${CSV_BODY}; charset=utf-8`;
const FORMS = `${JSON_BODY} or ${CSV_BODY}`;
/** What may be said of a media type beside its name. */
const KNOWN_PARAMETER = /^(charset="?utf-?8"?|header="?absent"?)$/i;

/** Reads a body. */
type BatchReader = (agency: number, body: Buffer) => GivenBatch;

const READERS: ReadonlyMap<string, BatchReader> = new Map([
  [JSON_BODY, readJsonBatch],
  [CSV_BODY, readCsvBatch],
]);

/** Adds `PUT` and `GET` of a batch. */
export function addBatchRoutes(app: FastifyInstance, door: HttpSurroundings): void {
  app.put(
    BATCH_PATH,
    apiOptions(door, {
      operationId: 'putBatch',
      summary: 'Sells a batch of bets; the same batch again changes nothing',
      names: 'batch',
      needsToken: true,
      good: {
        201: { description: 'Stored.', schema: PLACED_ANSWER },
        200: { description: 'The same batch was stored before.', schema: PLACED_ANSWER },
      },
      refusals: [
        'not-found',
        'unknown-agency',
        'request-timeout',
        'batch-conflict',
        'closed',
        'too-large',
        'unsupported-media-type',
        'bad-batch',
      ],
    }),
    async (request, reply) => {
      const { agency, batch, bets, outcome } = await place(door, request);
      return reply.code(STATUS_OF_OUTCOME[outcome]).send({ agency, batch, bets, outcome });
    },
  );
  app.get(
    BATCH_PATH,
    apiOptions(door, {
      operationId: 'getBatch',
      summary: 'The bets of a batch',
      names: 'batch',
      needsToken: true,
      good: { 200: BETS_ANSWER },
      refusals: ['not-found', 'unknown-agency', 'not-acceptable'],
    }),
    async (request, reply) => {
      const { mediaType, bytes } = await tell(door, request);
      return reply.type(mediaType).send(bytes);
    },
  );
}

/** How the body of a request is read. @throws Refusal `unsupported-media-type` */
function readerOf({ headers }: FastifyRequest): BatchReader {
  const [mediaType = '', ...parameters] = (headers['content-type'] ?? '')
    .split(';')
    .map((part) => part.trim());
  const read = READERS.get(mediaType.toLowerCase());
  if (read === undefined) throw new Refusal('unsupported-media-type', `the body must be ${FORMS}`);
  if (!parameters.every((parameter) => parameter === '' || KNOWN_PARAMETER.test(parameter))) {
    throw new Refusal('unsupported-media-type', `the body must be ${FORMS} in UTF-8, without a header line`);
  }
  if ((headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity') {
    throw new Refusal('unsupported-media-type', 'the body must be without Content-Encoding', {
      headers: { 'accept-encoding': 'identity' },
    });
  }
  return read;
}

async function place(door: HttpSurroundings, request: FastifyRequest) {
  const { agency, batch } = pathNumbers(request.params);
  const visit = door.visitOf(request);
  const read = readerOf(request);
  door.requireRoom();
  const body = await readBody(visit, door);
  const checked = checkGivenBatch(read(agency, body.bytes), batch, door.settings.maxPayloadBytes);
  // While the body came, others may have filled the way to the storage.
  door.requireRoom();
  const placing = door.lottery.place(checked, visit.handOver());
  // The ledger has a copy now.
  body.release();
  return { agency, batch, bets: checked.betCount, outcome: await placing };
}

async function tell(door: HttpSurroundings, request: FastifyRequest) {
  const { agency, batch } = pathNumbers(request.params);
  const form = chooseMediaType(request.headers.accept, [JSON_BODY, CSV_BODY]);
  if (form === undefined) throw new Refusal('not-acceptable', `a batch is given as ${FORMS}`);
  const visit = door.visitOf(request);
  const setAnswerBytes = door.reserveAnswer(visit, door.maxBodyBytes);
  const text = await door.lottery.batchText(agency, batch, visit.handOver());
  if (text === undefined) throw new Refusal('not-found', 'no batch is stored under this id');
  const bytes = Buffer.from(
    form === CSV_BODY ? storedAsCsv(text) : JSON.stringify({ bets: storedAsJson(text) }),
  );
  setAnswerBytes(bytes.length);
  return { mediaType: form === CSV_BODY ? CSV_TYPE : JSON_TYPE, bytes };
}
