/** The requests of a load, and what their answers must be. */
import { betsText } from '../load/bets_text';
import type { HttpExchange } from './http_load_plan';

const NOTE_BYTES = 100;
const JSON_MEMBERS = ['bet_id', 'first_name', 'last_name', 'document', 'birthdate', 'number'] as const;
const NUMBERS: ReadonlySet<string> = new Set(['bet_id', 'number']);
const HOST = 'Host: 127.0.0.1\r\n';

/** One request, and its answer. */
export interface HttpRequest {
  readonly bytes: Buffer;
  /** The body of a good answer, apart from a line feed at its end. */
  readonly answer: Buffer;
}

/** The requests of one connection. */
export interface HttpRequests {
  /** What must be there before the others make sense. */
  readonly first: HttpRequest | undefined;
  /**
   * The request after it.
   *
   * @param id counts up from 1. The request before this one must have been answered: its memory may be used again
   */
  next(id: number): HttpRequest;
}

/** The requests of a connection that speaks for an agency. */
export function requestsOf(exchange: HttpExchange, agency: number, betCount: number): HttpRequests {
  switch (exchange) {
    case 'put batch':
      return batchPuts(agency, betCount, 'text/csv', Buffer.from(csvBody(agency, betCount)));
    case 'put large batch':
      return batchPuts(agency, betCount, 'application/json', Buffer.from(jsonBody(agency, betCount)));
    case 'get batch':
      return batchGets(agency, betCount);
    case 'put note':
      return { first: notePut(agency, 'created'), next: always(notePut(agency, 'replaced')) };
    case 'get note':
      return { first: notePut(agency, 'created'), next: always(noteGet(agency)) };
  }
}

function always(request: HttpRequest): () => HttpRequest {
  return () => request;
}

function batchPuts(agency: number, betCount: number, mediaType: string, body: Buffer): HttpRequests {
  const path = `/agencies/${agency}/batches/`;
  const tail = ` HTTP/1.1\r\n${HOST}Content-Type: ${mediaType}\r\nContent-Length: ${body.length}\r\n\r\n`;
  let bytes = Buffer.alloc(0);
  let digits = 0;
  const first = `PUT ${path}`;
  return {
    first: undefined,
    next: (id) => {
      const text = String(id);
      // A body can be long: only the digits in front of it change.
      if (text.length !== digits) bytes = Buffer.concat([Buffer.from(`${first}${text}${tail}`), body]);
      else bytes.write(text, first.length, 'latin1');
      digits = text.length;
      const answer = `{"agency":${agency},"batch":${text},"bets":${betCount},"outcome":"stored"}`;
      return { bytes, answer: Buffer.from(answer, 'latin1') };
    },
  };
}

function batchGets(agency: number, betCount: number): HttpRequests {
  const body = jsonBody(agency, betCount);
  const puts = batchPuts(agency, betCount, 'application/json', Buffer.from(body));
  const bytes = Buffer.from(`GET /agencies/${agency}/batches/1 HTTP/1.1\r\n${HOST}\r\n`);
  return { first: puts.next(1), next: always({ bytes, answer: Buffer.from(body) }) };
}

function notePut(agency: number, outcome: string): HttpRequest {
  const head = `PUT /notes/note-${agency} HTTP/1.1\r\n${HOST}Content-Type: application/octet-stream\r\n`;
  return {
    bytes: Buffer.from(`${head}Content-Length: ${NOTE_BYTES}\r\n\r\n${noteValue(agency)}`),
    answer: Buffer.from(`{"name":"note-${agency}","bytes":${NOTE_BYTES},"outcome":"${outcome}"}`),
  };
}

function noteGet(agency: number): HttpRequest {
  return {
    bytes: Buffer.from(`GET /notes/note-${agency} HTTP/1.1\r\n${HOST}\r\n`),
    answer: Buffer.from(noteValue(agency)),
  };
}

function noteValue(agency: number): string {
  return String(agency).padEnd(NOTE_BYTES, '.');
}

function rowsOf(agency: number, betCount: number): string[][] {
  return betsText(agency, betCount)
    .split(';')
    .map((bet) => bet.split(',').slice(1));
}

function csvBody(agency: number, betCount: number): string {
  return rowsOf(agency, betCount)
    .map((row) => `${row.join(',')}\n`)
    .join('');
}

function jsonBody(agency: number, betCount: number): string {
  const bets = rowsOf(agency, betCount).map((row) =>
    Object.fromEntries(
      JSON_MEMBERS.map((name, index) => [name, NUMBERS.has(name) ? Number(row[index]) : row[index]]),
    ),
  );
  return JSON.stringify({ bets });
}
