/** The routes of the lottery's log, which anybody may read (docs/TRUST.md), and of receipts. */
import type { FastifyInstance, FastifyReply } from 'fastify';

import { NOTHING_SIGNED } from '../../../lottery/receipts';
import type { HttpContext } from '../context';
import { LogFile, PublishedLog } from '../log/published_log';
import { Refusal } from '../refusals/problem';
import { apiOptions } from './api_route';
import { BATCH_RECEIPT_PATH, BUNDLE_PATH, CHECKPOINT_PATH, FINISH_RECEIPT_PATH, TILE_PATH } from './paths';
import { BYTES_ANSWER, TAR_ANSWER, TEXT_ANSWER } from './schemas';

const TEXT_TYPE = 'text/plain; charset=utf-8';
const BYTES_TYPE = 'application/octet-stream';
const TAR_TYPE = 'application/x-tar';
/** What never changes may be kept for ever (C2SP tlog-tiles). */
const FOR_EVER = 'public, max-age=31536000, immutable';

interface ReceiptRoute {
  readonly path: string;
  readonly operationId: string;
  readonly names: 'batch' | 'agency';
}

/** Adds the routes of the log; where the lottery keeps none, they say so. */
export function addLogRoutes(app: FastifyInstance, context: HttpContext): void {
  const log = publishedLogOf(context);
  addCheckpointRoute(app, context, log);
  addTileRoute(app, context, log);
  addBundleRoute(app, context, log);
  addReceiptRoute(app, context, {
    path: BATCH_RECEIPT_PATH,
    operationId: 'getBatchReceipt',
    names: 'batch',
  });
  addReceiptRoute(app, context, {
    path: FINISH_RECEIPT_PATH,
    operationId: 'getFinishReceipt',
    names: 'agency',
  });
}

/** @returns `undefined` where the lottery keeps none */
function publishedLogOf({ settings, lottery }: HttpContext): PublishedLog | undefined {
  const { logFolder, onLogLost } = settings;
  if (logFolder === undefined) return undefined;
  return new PublishedLog(logFolder, {
    progress: () => lottery.receipts.progress ?? NOTHING_SIGNED,
    onLost: (file) => onLogLost?.(file),
  });
}

function addCheckpointRoute(app: FastifyInstance, context: HttpContext, log: PublishedLog | undefined): void {
  app.get(
    CHECKPOINT_PATH,
    apiOptions(context, {
      operationId: 'getCheckpoint',
      summary: "The latest signed checkpoint of the lottery's log (C2SP tlog-checkpoint)",
      names: 'nothing',
      access: 'open',
      good: { 200: TEXT_ANSWER },
      refusals: ['not-found'],
    }),
    async (_request, reply) => sendFile(reply.type(TEXT_TYPE), await requireLog(log).checkpoint()),
  );
}

function addTileRoute(app: FastifyInstance, context: HttpContext, log: PublishedLog | undefined): void {
  app.get<{ Params: { '*': string } }>(
    TILE_PATH,
    apiOptions(context, {
      operationId: 'getTile',
      summary: "A tile of the lottery's log (C2SP tlog-tiles)",
      names: 'nothing',
      access: 'open',
      good: { 200: BYTES_ANSWER },
      refusals: ['not-found'],
    }),
    async (request, reply) => {
      const tile = await requireLog(log).tile(`tile/${request.params['*']}`);
      return sendFile(reply.type(BYTES_TYPE), tile);
    },
  );
}

function addBundleRoute(app: FastifyInstance, context: HttpContext, log: PublishedLog | undefined): void {
  app.get(
    BUNDLE_PATH,
    apiOptions(context, {
      operationId: 'getBundle',
      summary: 'All that the verifier needs to check the draw, as an archive of tar',
      names: 'nothing',
      access: 'open',
      good: { 200: TAR_ANSWER },
      refusals: ['not-found'],
    }),
    async (_request, reply) => {
      if (context.settings.isBundleHeld?.() === true)
        throw new Refusal('not-found', "the control's cosignature of the seal is lost: ask again later");
      const bundle = await requireLog(log).bundle();
      if (bundle === undefined) throw new Refusal('not-found', 'the sale is not sealed yet');
      return reply.type(TAR_TYPE).send(bundle);
    },
  );
}

/** @param names `agency` for the receipt of its FIN */
function addReceiptRoute(
  app: FastifyInstance,
  context: HttpContext,
  { path, operationId, names }: ReceiptRoute,
): void {
  app.get(
    path,
    apiOptions(context, {
      operationId,
      summary: `The receipt of ${names === 'batch' ? 'a batch' : "an agency's end of sale"} (C2SP tlog-proof)`,
      names,
      access: 'reading',
      good: { 200: TEXT_ANSWER },
      refusals: ['not-found', 'unknown-agency'],
    }),
    async (request, reply) => {
      const { agency, batch = 0 } = request.params as { agency: number; batch?: number };
      if (!context.lottery.receipts.areGiven) throw noReceipts();
      const receipt = await context.lottery.receipts.of(agency, batch);
      if (receipt === undefined)
        throw new Refusal('not-found', 'it is in no signed checkpoint: ask again later');
      return reply.type(TEXT_TYPE).send(receipt);
    },
  );
}

/** The answer of a lottery that keeps no log. */
export function noReceipts(): Refusal {
  return new Refusal('not-found', 'this lottery keeps no log: RECEIPTS is off');
}

function requireLog(log: PublishedLog | undefined): PublishedLog {
  if (log !== undefined) return log;
  throw noReceipts();
}

function sendFile(reply: FastifyReply, file: LogFile | undefined): FastifyReply {
  if (file === undefined) throw new Refusal('not-found', 'the log has no such file');
  if (file.isFinal) reply.header('cache-control', FOR_EVER);
  return reply.send(file.bytes);
}
