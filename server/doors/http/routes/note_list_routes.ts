/** The routes of many notes: listing them, and writing several at once. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { HttpContext } from '../context';
import { LISTED_NOTE_BYTES } from '../limits';
import { entityTag, requireNoCondition } from '../notes/entity_tags';
import { readFormNotes } from '../notes/form_notes';
import { refusalOf } from '../notes/note_refusals';
import { Refusal } from '../refusals/problem';
import { readBody } from '../requests/body';
import { requireNoEncoding } from '../requests/content_encoding';
import { NOTE_OWNERS, NoteOwner, noteOptions } from './note_owners';
import { NOTES_ANSWER, NOTES_QUERY, STORED_ANSWERS } from './note_schemas';
import { pathNote } from './path_numbers';

const FORM = 'application/x-www-form-urlencoded';

/** Which notes to list: those whose names are after `after`, at most `limit` of them. */
interface NotesQuery {
  readonly after: string;
  readonly limit: number;
}

/** Adds the routes of many notes, of the agencies and of the lottery. */
export function addNoteListRoutes(app: FastifyInstance, context: HttpContext): void {
  for (const owner of NOTE_OWNERS) {
    addListRoute(app, context, owner);
    addFormRoute(app, context, owner);
  }
}

function addListRoute(app: FastifyInstance, context: HttpContext, owner: NoteOwner): void {
  app.get<{ Querystring: NotesQuery }>(
    owner.path,
    noteOptions(context, owner, false, {
      verb: 'list',
      plural: 's',
      summary: 'The names of the notes, in the order of their bytes',
      query: NOTES_QUERY,
      texts: ['after'],
      reads: true,
      good: { 200: { description: 'A page of them.', schema: NOTES_ANSWER } },
      refusals: [],
    }),
    async (request) => {
      const { after, limit } = request.query;
      const exchange = context.exchangeOf(request);
      context.reserveAnswer(exchange, limit * LISTED_NOTE_BYTES);
      // One more than is shown, since it tells whether there is a next page.
      const listed = await exchange.submit((requestId) =>
        context.lottery.notes.list(pathNote(request.params).owner, after, limit + 1, requestId),
      );
      const page = listed.slice(0, limit);
      return {
        notes: page.map(({ name, bytes, place }) => ({ name, bytes, etag: entityTag(place) })),
        next: listed.length > limit ? page.at(-1)!.name : null,
      };
    },
  );
}

function addFormRoute(app: FastifyInstance, context: HttpContext, owner: NoteOwner): void {
  app.post(
    owner.path,
    noteOptions(context, owner, false, {
      verb: 'put',
      plural: 's',
      summary: 'Writes several notes at once, all of them or none',
      reads: false,
      good: STORED_ANSWERS,
      refusals: ['request-timeout', 'too-large', 'unsupported-media-type', 'notes-full'],
    }),
    async (request, reply) => putNotes(context, request, reply),
  );
}

async function putNotes(context: HttpContext, request: FastifyRequest, reply: FastifyReply): Promise<object> {
  const { owner } = pathNote(request.params);
  requireNoCondition(request.headers, 'if-match', 'if-none-match');
  requireForm(request);
  const exchange = context.exchangeOf(request);
  await context.storageRoom.wait(exchange);
  const body = await readBody(exchange, context);
  const notes = readFormNotes(body.bytes, context.settings.maxPayloadBytes);
  // While the body arrived, batches may have filled the queue to the storage.
  await context.storageRoom.wait(exchange);
  const putting = exchange.submit((requestId) =>
    context.lottery.notes.put(owner, notes, undefined, requestId),
  );
  // The ledger has copied the values.
  body.release();
  const answer = await putting;
  if (answer.outcome !== 'stored') throw refusalOf(answer.outcome);
  const created = answer.areNew.filter((isNew) => isNew).length;
  reply.code(created > 0 ? 201 : 200);
  return { stored: notes.length, created };
}

/** The parameters of the media type are passed over: bytes are kept as they are. */
function requireForm(request: FastifyRequest): void {
  const [mediaType = ''] = (request.headers['content-type'] ?? '').split(';');
  if (mediaType.trim().toLowerCase() !== FORM) {
    throw new Refusal('unsupported-media-type', `the body must be ${FORM}`);
  }
  requireNoEncoding(request);
}
