/** A client of the HTTP door that writes down what it asks for and is answered. */
import { Agent, request as open } from 'node:http';

import { AGENCIES_URI, DRAW_URI, STATUS_OF_ERROR } from '../../../server/ledger/audit_line';
import { Answer, Operation, Refused, Request, uriOf } from './operation';

/** What is sent. */
interface Sent {
  readonly method: 'PUT' | 'GET' | 'DELETE' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface Received {
  readonly status: number;
  readonly mediaType: string;
  readonly requestId: unknown;
  readonly body: string;
}

/** How a batch is sent, or asked for. */
export type BatchForm = 'csv' | 'json';

const MEDIA_TYPES = { csv: 'text/csv', json: 'application/json' } as const;

/** One client, on a connection of its own that it keeps. */
export class HttpClient {
  readonly #port: number;
  readonly #name: string;
  readonly #operations: Operation[];
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  #count = 0;

  /** @param name the beginning of the ids of its requests, unique among the clients */
  constructor(port: number, name: string, operations: Operation[]) {
    this.#port = port;
    this.#name = name;
    this.#operations = operations;
  }

  /**
   * Sends a request and waits for its answer.
   *
   * @param mayLeave the client goes away when it has sent it
   * @returns whether the server is still there
   */
  async send(request: Request, sent: Sent, mayLeave = false): Promise<boolean> {
    const requestId = `${this.#name}-${++this.#count}`;
    const operation: Operation = {
      request,
      requestId,
      startMs: performance.now(),
      endMs: Infinity,
      answer: undefined,
    };
    this.#operations.push(operation);
    const received = await this.#exchange(sent, requestId, mayLeave);
    if (received === undefined) return mayLeave;
    operation.endMs = performance.now();
    operation.answer = answerOf(request, received);
    if (received.requestId !== requestId) throw new Error(`the answer to ${requestId} has another id`);
    return true;
  }

  close(): void {
    this.#agent.destroy();
  }

  /** @returns undefined when no whole answer came */
  #exchange(
    { method, path, headers, body }: Sent,
    requestId: string,
    mayLeave: boolean,
  ): Promise<Received | undefined> {
    return new Promise((resolve) => {
      const lost = (): void => resolve(undefined);
      const outgoing = open({
        agent: this.#agent,
        host: '127.0.0.1',
        port: this.#port,
        method,
        path,
        headers: { ...headers, 'request-id': requestId },
      });
      outgoing.on('error', lost);
      outgoing.on('response', (incoming) => {
        let text = '';
        incoming.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        incoming.on('error', lost).on('aborted', lost);
        incoming.on('end', () => {
          const { statusCode: status = 0, headers: found } = incoming;
          const mediaType = found['content-type'] ?? '';
          resolve({ status, mediaType, requestId: found['request-id'], body: text });
        });
      });
      outgoing.end(body, () => {
        if (mayLeave) outgoing.destroy();
      });
    });
  }
}

/** How a request is sent that any server takes. @param text of a batch */
export function sentOf(request: Exclude<Request, Refused>, form: BatchForm, waitS = 0): Sent {
  const path = uriOf(request);
  switch (request.kind) {
    case 'put-batch':
      return {
        method: 'PUT',
        path,
        headers: { 'content-type': MEDIA_TYPES[form] },
        body: bodyOf(request.text, form),
      };
    case 'finish':
      return { method: 'PUT', path };
    case 'get-batch':
      return { method: 'GET', path, headers: { accept: MEDIA_TYPES[form] } };
    case 'get-agencies':
      return { method: 'GET', path: `${path}?after=${request.after}&limit=${request.limit}` };
    case 'get-winners':
      return { method: 'GET', path: waitS > 0 ? `${path}?wait=${waitS}` : path };
    case 'put-note':
      return { method: 'PUT', path, headers: headersOf(request.condition), body: request.value };
    case 'delete-note':
      return { method: 'DELETE', path };
    case 'count-note':
      return { method: 'POST', path: `${path}/increment` };
    case 'post-notes':
      return { method: 'POST', path, headers: FORM, body: new URLSearchParams(request.values).toString() };
    default:
      return { method: 'GET', path };
  }
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

function headersOf(condition: 'absent' | 'present' | undefined): Record<string, string> {
  if (condition === undefined) return {};
  return condition === 'absent' ? { 'if-none-match': '*' } : { 'if-match': '*' };
}

/** Requests that are refused, and as what. @param agencies how many the lottery has */
export function refusedRequests(agencies: number, goodText: string): readonly [Refused, Sent][] {
  const nobody = `${AGENCIES_URI}/${agencies + 1}`;
  const csv = { 'content-type': MEDIA_TYPES.csv };
  const batch = `${AGENCIES_URI}/1/batches/1`;
  const make = (
    method: 'PUT' | 'GET' | 'DELETE',
    path: string,
    status: number,
    code: Refused['code'],
    more: Omit<Sent, 'method' | 'path'> = {},
  ): [Refused, Sent] => [
    { kind: 'refused', operation: method, uri: path.replace(/\?.*/, ''), status, code },
    { method, path, ...more },
  ];
  const unknown = STATUS_OF_ERROR['unknown-agency'];
  return [
    make('PUT', `${nobody}/batches/1`, unknown, 'unknown-agency', {
      headers: csv,
      body: bodyOf(goodText, 'csv'),
    }),
    make('GET', `${nobody}/batches/1`, unknown, 'unknown-agency'),
    make('PUT', `${nobody}/finish`, unknown, 'unknown-agency'),
    make('GET', `${nobody}/winners?wait=1`, unknown, 'unknown-agency'),
    make('GET', nobody, unknown, 'unknown-agency'),
    make('GET', `${AGENCIES_URI}/none`, 404, 'not-found'),
    make('GET', `${AGENCIES_URI}/1/bets`, 404, 'not-found'),
    make('PUT', `${AGENCIES_URI}/1/batches/0`, 404, 'not-found', {
      headers: csv,
      body: bodyOf(goodText, 'csv'),
    }),
    make('PUT', batch, STATUS_OF_ERROR['bad-batch'], 'bad-batch', {
      headers: csv,
      body: '1,Ana,Paz,none,1987-03-17,1\n',
    }),
    make('PUT', batch, 415, 'unsupported-media-type', {
      headers: { 'content-type': 'text/plain' },
      body: 'none',
    }),
    make('GET', batch, 406, 'not-acceptable', { headers: { accept: 'image/png' } }),
    make('GET', `${AGENCIES_URI}?limit=0`, 400, 'bad-request'),
    make('GET', `${DRAW_URI}?after=1`, 400, 'bad-request'),
    make('GET', `${nobody}/notes/cursor`, unknown, 'unknown-agency'),
    make('PUT', `${nobody}/notes/cursor`, unknown, 'unknown-agency', { body: '1' }),
    make('DELETE', `${nobody}/notes/cursor`, unknown, 'unknown-agency'),
  ];
}

/** The bets without their agency, in a form of the API. */
function bodyOf(text: string, form: BatchForm): string {
  const bets = text.split(';').map((bet) => bet.split(',').slice(1));
  if (form === 'csv') return bets.map((bet) => `${bet.join(',')}\n`).join('');
  return JSON.stringify({
    bets: bets.map(([betId, first_name, last_name, document, birthdate, number]) => ({
      bet_id: Number(betId),
      first_name,
      last_name,
      document,
      birthdate,
      number: Number(number),
    })),
  });
}

function answerOf(request: Request, { status, mediaType, body }: Received): Operation['answer'] {
  if (status === 503) return 'unavailable';
  if (request.kind === 'get-batch' && status === 200) {
    return {
      status,
      text: mediaType.startsWith(MEDIA_TYPES.csv)
        ? textOfCsv(request.agency, body)
        : textOfJson(request.agency, body),
    };
  }
  if (request.kind === 'get-note' && status === 200) return { status, text: body };
  const members = membersOf(JSON.parse(body));
  if (request.kind === 'list-notes' && status === 200) return { status, ...withoutTags(members) };
  return status < 400 ? { status, ...members } : { status, code: members['code'] };
}

function textOfCsv(agency: number, body: string): string {
  return body
    .split('\n')
    .slice(0, -1)
    .map((line) => `${agency},${line}`)
    .join(';');
}

/** Numbers that were sent without needless zeros come back as they were. */
function textOfJson(agency: number, body: string): string {
  const { bets } = membersOf(JSON.parse(body));
  if (!Array.isArray(bets)) throw new Error('a batch without bets');
  return bets.map((bet: unknown) => [agency, ...Object.values(membersOf(bet))].join(',')).join(';');
}

/** A list of notes without their entity tags, which the model does not know. */
function withoutTags({ notes, next }: Answer): Answer {
  if (!Array.isArray(notes)) throw new Error('a list without notes');
  return {
    notes: notes.map((note: unknown) => {
      const { name, bytes } = membersOf(note);
      return { name, bytes };
    }),
    next,
  };
}

function membersOf(value: unknown): Answer {
  if (typeof value !== 'object' || value === null) throw new Error('the answer is no object');
  return Object.fromEntries(Object.entries(value));
}
