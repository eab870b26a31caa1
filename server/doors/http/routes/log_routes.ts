/** The routes of the lottery's log, which anybody may read (docs/TRUST.md), and of receipts. */
import type { FastifyInstance, FastifyReply } from 'fastify';

import type { HttpContext } from '../context';
import { LogFile, PublishedLog } from '../log/published_log';
import { Refusal } from '../refusals/problem';
import { apiOptions } from './api_route';
import { BUNDLE_PATH, CHECKPOINT_PATH, TILE_PATH } from './paths';
import { BYTES_ANSWER, TAR_ANSWER, TEXT_ANSWER } from './schemas';

const TEXT_TYPE = 'text/plain; charset=utf-8';
const BYTES_TYPE = 'application/octet-stream';
const TAR_TYPE = 'application/x-tar';
/** What never changes may be kept for ever (C2SP tlog-tiles). */
const FOR_EVER = 'public, max-age=31536000, immutable';

/** Adds the routes of the log; where the lottery keeps none, they say so. */
export function addLogRoutes(app: FastifyInstance, context: HttpContext): void {
  const { logFolder } = context.settings;
  const log = logFolder === undefined ? undefined : new PublishedLog(logFolder);
  addCheckpointRoute(app, context, log);
  addTileRoute(app, context, log);
  addBundleRoute(app, context, log);
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
      const bundle = await requireLog(log).bundle();
      if (bundle === undefined) throw new Refusal('not-found', 'the sale is not sealed yet');
      return reply.type(TAR_TYPE).send(bundle);
    },
  );
}

function requireLog(log: PublishedLog | undefined): PublishedLog {
  if (log !== undefined) return log;
  throw new Refusal('not-found', 'this lottery keeps no log: RECEIPTS is off');
}

function sendFile(reply: FastifyReply, file: LogFile | undefined): FastifyReply {
  if (file === undefined) throw new Refusal('not-found', 'the log has no such file');
  if (file.isFinal) reply.header('cache-control', FOR_EVER);
  return reply.send(file.bytes);
}
