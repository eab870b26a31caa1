/** The JSON schemas of notes. */
import { MAX_NOTES_AT_ONCE, NOTE_NAME_RULE } from '../../../ledger/note';
import { LISTED_NOTES, MAX_LISTED_NOTES } from '../limits';
import { agency, count, GoodAnswer, object } from './schemas';

const name = {
  type: 'string',
  pattern: '^[A-Za-z0-9._~:-]{1,200}$',
  description: `The note's name: ${NOTE_NAME_RULE}.`,
};
const etag = {
  type: 'string',
  description: "The note's entity tag, with its quotes, as in ETag. Another value has another one.",
};

/** The parameters in the path of a note of the lottery, and of one of an agency. */
export const NOTE_PARAMETERS = { type: 'object', properties: { name }, required: ['name'] };
export const AGENCY_NOTE_PARAMETERS = {
  type: 'object',
  properties: { agency, name },
  required: ['agency', 'name'],
};

/** The query of a list of notes. */
export const NOTES_QUERY = {
  type: 'object',
  additionalProperties: false,
  properties: {
    after: {
      type: 'string',
      pattern: '^[A-Za-z0-9._~:-]{0,200}$',
      default: '',
      description: 'Notes whose names are after this one, in the order of their bytes.',
    },
    limit: {
      type: 'integer',
      minimum: 1,
      maximum: MAX_LISTED_NOTES,
      default: LISTED_NOTES,
      description: 'How many at most.',
    },
  },
};

/** The query of an increment. */
export const INCREMENT_QUERY = {
  type: 'object',
  additionalProperties: false,
  properties: {
    by: {
      type: 'integer',
      minimum: 1,
      maximum: Number.MAX_SAFE_INTEGER,
      default: 1,
      description: 'How much to add.',
    },
  },
};

const bytes = { schema: { type: 'string', format: 'binary' } };

/** A note's value as a request's body. */
export const VALUE_BODY = { content: { '*/*': bytes } };
/** Several notes as a request's body. */
export const FORM_BODY = {
  content: {
    'application/x-www-form-urlencoded': {
      schema: {
        type: 'object',
        maxProperties: MAX_NOTES_AT_ONCE,
        additionalProperties: { type: 'string' },
        description:
          'NAME=VALUE for each note, joined with &. What percent encodings stand for is kept byte for byte.',
      },
    },
  },
};

const ETAG_HEADER = { ETag: etag };

/** A note's value as an answer. */
export const VALUE_ANSWER: GoodAnswer & { readonly content: object } = {
  description: 'The value, byte for byte.',
  headers: ETAG_HEADER,
  content: { 'application/octet-stream': bytes },
};
/** The answer to a question for what the client has. The type is that of no body. */
export const UNCHANGED_ANSWER: GoodAnswer & { readonly type: 'null' } = {
  type: 'null',
  description: 'The value is one of those that If-None-Match lists.',
  headers: ETAG_HEADER,
};

const written = object({
  name,
  bytes: count("The value's length."),
  outcome: { type: 'string', enum: ['created', 'replaced'] },
});
/** The answers to a note that is stored, by status. */
export const WRITTEN_ANSWERS = {
  201: { description: 'Stored; there was none of this name.', schema: written, headers: ETAG_HEADER },
  200: { description: 'Stored in place of the one that was there.', schema: written, headers: ETAG_HEADER },
};

/** The answer to a note that is removed. */
export const REMOVED_ANSWER = object({ name, outcome: { type: 'string', const: 'deleted' } });

const counted = object({
  name,
  value: {
    type: 'string',
    pattern: '^[0-9]{1,20}$',
    description: 'What the note is now: a number up to 18446744073709551615, so it is given as a text.',
  },
});
/** The answers to a note that was counted, by status. */
export const COUNTED_ANSWERS = {
  201: { description: 'Stored; there was none of this name.', schema: counted, headers: ETAG_HEADER },
  200: { description: 'Stored.', schema: counted, headers: ETAG_HEADER },
};

/** One page of a list of notes. */
export const NOTES_ANSWER = object({
  notes: {
    type: 'array',
    maxItems: MAX_LISTED_NOTES,
    items: object({ name, bytes: count("The value's length."), etag }),
  },
  next: { type: ['string', 'null'], description: 'What to give as after for the next; null for the last.' },
});

const storedAll = object({
  stored: count('How many notes were stored.'),
  created: count('Of how many of them there was none of that name.'),
});
/** The answers to several notes that are stored, by status. */
export const STORED_ANSWERS = {
  201: { description: 'All are stored, and some of them are new.', schema: storedAll },
  200: { description: 'All are stored, each in place of one that was there.', schema: storedAll },
};
