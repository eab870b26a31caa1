/** The routes of batches: storing one, and reading it back. */
import type { FastifyInstance, FastifyRequest } from 'fastify';

import { STATUS_OF_OUTCOME } from '../../../ledger/operation_line';
import { BatchForm, isBatchForm } from '../batches/batch_body';
import { storedAsCsv, storedAsJson } from '../batches/stored_bets';
import type { HttpContext } from '../context';
import { jsonBody } from '../json_body';
import { Refusal } from '../refusals/problem';
import { chooseMediaType } from '../requests/accept';
import { readBody } from '../requests/body';
import { requireNoEncoding } from '../requests/content_encoding';
import { apiOptions, JSON_TYPE } from './api_route';
import { pathNumbers } from './path_numbers';
import { BATCH_PATH } from './paths';
import { BETS_ANSWER, PLACED_ANSWER } from './schemas';

const JSON_BODY = 'application/json';
const CSV_BODY = 'text/csv';
const CSV_TYPE = `${CSV_BODY}; charset=utf-8`;
const FORMS = `${JSON_BODY} or ${CSV_BODY}`;
/** The parameters that either media type may have. */
const KNOWN_PARAMETER = /^(charset="?utf-?8"?|header="?absent"?)$/i;

/** Adds `PUT` and `GET` of a batch. */
export function addBatchRoutes(app: FastifyInstance, context: HttpContext): void {
  app.put(
    BATCH_PATH,
    apiOptions(context, {
      operationId: 'putBatch',
      summary: 'Sells a batch of bets; the same batch again changes nothing',
      names: 'batch',
      access: 'writing',
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
      const { agency, batch, bets, outcome } = await placeBatch(context, request);
      return reply.code(STATUS_OF_OUTCOME[outcome]).send({ agency, batch, bets, outcome });
    },
  );
  app.get(
    BATCH_PATH,
    apiOptions(context, {
      operationId: 'getBatch',
      summary: 'The bets of a batch',
      names: 'batch',
      access: 'reading',
      good: { 200: BETS_ANSWER },
      refusals: ['not-found', 'unknown-agency', 'not-acceptable'],
    }),
    async (request, reply) => {
      const { mediaType, bytes } = await fetchBatch(context, request);
      return reply.type(mediaType).send(bytes);
    },
  );
}

/** The form that a request gives its batch in. @throws Refusal `unsupported-media-type` */
function formOf({ headers }: FastifyRequest): BatchForm {
  const [mediaType = '', ...parameters] = (headers['content-type'] ?? '')
    .split(';')
    .map((part) => part.trim());
  const form = mediaType.toLowerCase();
  if (!isBatchForm(form)) throw new Refusal('unsupported-media-type', `the body must be ${FORMS}`);
  if (!parameters.every((parameter) => parameter === '' || KNOWN_PARAMETER.test(parameter))) {
    throw new Refusal('unsupported-media-type', `the body must be ${FORMS} in UTF-8, without a header line`);
  }
  requireNoEncoding({ headers });
  return form;
}

async function placeBatch(context: HttpContext, request: FastifyRequest) {
  const { agency, batch } = pathNumbers(request.params);
  const exchange = context.exchangeOf(request);
  const form = formOf(request);
  await context.storageRoom.wait(exchange);
  context.bodyChecks.requireRoom(exchange);
  const body = await readBody(exchange, context);
  const { maxPayloadBytes } = context.settings;
  const checking = context.bodyChecks.check(
    { form, agency, batchId: batch, maxPayloadBytes },
    body,
    exchange,
  );
  const checked = checking instanceof Promise ? await checking : checking;
  // While the body arrived and was checked, other batches may have filled the queue to the storage.
  await context.storageRoom.wait(exchange);
  const placing = exchange.submit((requestId) => context.lottery.place(checked, requestId));
  // The ledger has copied the batch.
  body.release();
  const outcome = await placing;
  context.keepPlace(exchange);
  return { agency, batch, bets: checked.betCount, outcome };
}

async function fetchBatch(context: HttpContext, request: FastifyRequest) {
  const { agency, batch } = pathNumbers(request.params);
  const form = chooseMediaType(request.headers.accept, [JSON_BODY, CSV_BODY]);
  if (form === undefined) throw new Refusal('not-acceptable', `a batch is given as ${FORMS}`);
  const exchange = context.exchangeOf(request);
  // How long the answer is, is known when it is made: so many at once are made as there is memory for the longest.
  return context.batchReads.run(exchange.abandoned, async () => {
    context.reserveAnswer(exchange, context.maxBodyBytes);
    const text = await exchange.submit((requestId) => context.lottery.batchText(agency, batch, requestId));
    if (text === undefined) throw new Refusal('not-found', 'no batch is stored under this id');
    const bytes = form === CSV_BODY ? Buffer.from(storedAsCsv(text)) : jsonBody({ bets: storedAsJson(text) });
    context.countAnswer(exchange, bytes.length);
    return { mediaType: form === CSV_BODY ? CSV_TYPE : JSON_TYPE, bytes };
  });
}
