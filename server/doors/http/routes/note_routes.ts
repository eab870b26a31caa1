/** The routes of one note: writing it, reading it, removing it, and adding to it. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { StoredNote } from '../../../ledger/note';
import type { HttpContext } from '../context';
import {
  conditionOfDelete,
  conditionOfPut,
  entityTag,
  isListed,
  requireNoCondition,
} from '../notes/entity_tags';
import { refusalOf } from '../notes/note_refusals';
import { readBody } from '../requests/body';
import { requireNoEncoding } from '../requests/content_encoding';
import { NOTE_OWNERS, NoteOwner, noteOptions } from './note_owners';
import {
  COUNTED_ANSWERS,
  INCREMENT_QUERY,
  REMOVED_ANSWER,
  UNCHANGED_ANSWER,
  VALUE_ANSWER,
  WRITTEN_ANSWERS,
} from './note_schemas';
import { pathNote } from './path_numbers';
import { INCREMENT_IN_NOTES, NOTE_IN_NOTES } from './paths';

const ETAG = 'etag';
/** Any agency may store bytes: no browser may take them for a page of the server's, or run them. */
const VALUE_HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
  'cross-origin-resource-policy': 'same-origin',
};

/** How much to add to a note. */
interface IncrementQuery {
  readonly by: number;
}

/** Adds the routes of one note, of the agencies and of the lottery. */
export function addNoteRoutes(app: FastifyInstance, context: HttpContext): void {
  for (const owner of NOTE_OWNERS) {
    addPutRoute(app, context, owner);
    addGetRoute(app, context, owner);
    addDeleteRoute(app, context, owner);
    addIncrementRoute(app, context, owner);
  }
}

function addPutRoute(app: FastifyInstance, context: HttpContext, owner: NoteOwner): void {
  app.put(
    `${owner.path}${NOTE_IN_NOTES}`,
    noteOptions(context, owner, true, {
      verb: 'put',
      summary: 'Writes a note: any bytes, of any media type',
      reads: false,
      good: WRITTEN_ANSWERS,
      refusals: [
        'request-timeout',
        'precondition-failed',
        'too-large',
        'unsupported-media-type',
        'notes-full',
      ],
    }),
    async (request, reply) => putNote(context, request, reply),
  );
}

async function putNote(context: HttpContext, request: FastifyRequest, reply: FastifyReply): Promise<object> {
  const { owner, name } = pathNote(request.params);
  const condition = conditionOfPut(request.headers);
  requireNoEncoding(request);
  const exchange = context.exchangeOf(request);
  await context.storageRoom.wait(exchange);
  const { clock, limits, bodies, settings } = context;
  const body = await readBody(exchange, { clock, limits, bodies, maxBodyBytes: settings.maxPayloadBytes });
  // While the body arrived, batches may have filled the queue to the storage.
  await context.storageRoom.wait(exchange);
  const value = body.bytes;
  const putting = exchange.submit((requestId) =>
    context.lottery.notes.put(owner, [{ name, value, flags: 0 }], condition, requestId),
  );
  // The ledger has copied the value.
  body.release();
  const answer = await putting;
  if (answer.outcome !== 'stored') throw refusalOf(answer.outcome);
  const isNew = answer.areNew.includes(true);
  reply.code(isNew ? 201 : 200).header(ETAG, entityTag(answer.place));
  return { name, bytes: value.length, outcome: isNew ? 'created' : 'replaced' };
}

function addGetRoute(app: FastifyInstance, context: HttpContext, owner: NoteOwner): void {
  app.get(
    `${owner.path}${NOTE_IN_NOTES}`,
    noteOptions(context, owner, true, {
      verb: 'get',
      summary: 'The value of a note',
      reads: true,
      good: { 200: VALUE_ANSWER, 304: UNCHANGED_ANSWER },
      refusals: [],
    }),
    async (request, reply) => {
      requireNoCondition(request.headers, 'if-match');
      const { value, place } = await readNote(context, request);
      const tag = entityTag(place);
      reply.header(ETAG, tag).headers(VALUE_HEADERS);
      const isKnown = isListed(request.headers['if-none-match'], tag);
      return isKnown ? reply.code(304).send() : reply.type('application/octet-stream').send(value);
    },
  );
}

/** How long a value is, is known when it is there: so many at once are read as there is memory for the longest. */
function readNote(context: HttpContext, request: FastifyRequest): Promise<StoredNote> {
  const { owner, name } = pathNote(request.params);
  const exchange = context.exchangeOf(request);
  return context.noteReads.run(exchange.abandoned, async () => {
    context.reserveAnswer(exchange, context.settings.maxPayloadBytes);
    const note = await exchange.submit((requestId) => context.lottery.notes.get(owner, name, requestId));
    context.countAnswer(exchange, note?.value.length ?? 0);
    if (note === undefined) throw refusalOf('missing');
    return note;
  });
}

function addDeleteRoute(app: FastifyInstance, context: HttpContext, owner: NoteOwner): void {
  app.delete(
    `${owner.path}${NOTE_IN_NOTES}`,
    noteOptions(context, owner, true, {
      verb: 'delete',
      summary: 'Removes a note',
      reads: false,
      good: { 200: { description: 'There is none of this name now.', schema: REMOVED_ANSWER } },
      refusals: ['precondition-failed', 'unsupported-media-type'],
    }),
    async (request) => {
      const { owner: of, name } = pathNote(request.params);
      const condition = conditionOfDelete(request.headers);
      const exchange = context.exchangeOf(request);
      await context.storageRoom.wait(exchange);
      const outcome = await exchange.submit((requestId) =>
        context.lottery.notes.delete(of, name, condition, requestId),
      );
      if (outcome !== 'deleted') throw refusalOf(outcome);
      return { name, outcome };
    },
  );
}

function addIncrementRoute(app: FastifyInstance, context: HttpContext, owner: NoteOwner): void {
  app.post<{ Querystring: IncrementQuery }>(
    `${owner.path}${INCREMENT_IN_NOTES}`,
    noteOptions(context, owner, true, {
      verb: 'increment',
      summary: 'Adds to the decimal number that a note is; where there is none, it begins with 0',
      query: INCREMENT_QUERY,
      reads: false,
      good: COUNTED_ANSWERS,
      refusals: ['not-a-number', 'unsupported-media-type', 'notes-full'],
    }),
    async (request, reply) => {
      const { owner: of, name } = pathNote(request.params);
      requireNoCondition(request.headers, 'if-match', 'if-none-match');
      const exchange = context.exchangeOf(request);
      await context.storageRoom.wait(exchange);
      const by = BigInt(request.query.by);
      const answer = await exchange.submit((requestId) =>
        context.lottery.notes.count(of, name, by, true, requestId),
      );
      if (answer.outcome !== 'stored') throw refusalOf(answer.outcome);
      reply.code(answer.isNew ? 201 : 200).header(ETAG, entityTag(answer.place));
      return { name, value: String(answer.number) };
    },
  );
}
