/** The requests that are open: each from its headers to the end of its answer. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import type { Clock } from '../../../../program/clock';
import { AGENCIES_URI, AuditOperation, DRAW_URI } from '../../../ledger/audit_line';

/** A request's scheme and host, where it names them before its path. */
const ORIGIN = /^https?:\/\/[^/?#]*/i;
/** What the audit log does not take as it is: its own comma, and bytes that are no printable ASCII. */
const NOT_IN_LOG = /[^\x21-\x7e]|,/g;

/** One request. */
export class Visit {
  /** Whether its body is being read. */
  isReading = false;
  /** When its answer was given to the connection; `undefined` before. */
  answeredAtMs: number | undefined;
  readonly #abandoned = new AbortController();
  #atEnd: (() => void)[] = [];
  #isOver = false;
  #isInHand = false;

  /** @param requestId what the client called it; `undefined` for nothing */
  constructor(
    readonly request: IncomingMessage,
    readonly response: ServerResponse,
    readonly requestId: string | undefined,
  ) {}

  /** Whether its answer was taken, or nobody is there to take it. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether no part of it is still waited for. */
  get hasCome(): boolean {
    return !this.isReading || this.request.complete;
  }

  /** Aborted when nobody waits for an answer any more, or the door stops. */
  get abandoned(): AbortSignal {
    return this.#abandoned.signal;
  }

  /** The path as it was sent, without the query. */
  get path(): string {
    const target = (this.request.url ?? '').replace(ORIGIN, '');
    const end = target.search(/[?#]/);
    return end < 0 ? target : target.slice(0, end);
  }

  /** Whether the lottery has the request in hand: then it is the ledger that writes the line in the audit log. */
  get isInHand(): boolean {
    return this.#isInHand;
  }

  /** Gives the request into the lottery's hand. @returns its id, for the call */
  handOver(): string | undefined {
    this.#isInHand = true;
    return this.requestId;
  }

  /** What the audit log calls this request; `undefined` for one that is no operation on the lottery. */
  get operation(): { readonly name: AuditOperation; readonly uri: string } | undefined {
    const name = operationOf(this.request.method);
    if (name === undefined || !isResource(decoded(this.path))) return undefined;
    return { name, uri: this.path.replace(NOT_IN_LOG, percentEncoded) };
  }

  /** Calls when the request is over; at once when it is. */
  atEnd(call: () => void): void {
    if (this.#isOver) call();
    else this.#atEnd.push(call);
  }

  /** Lets go whatever waits for its sake. */
  abandon(): void {
    this.#abandoned.abort();
  }

  /** It is over. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.abandon();
    const calls = this.#atEnd;
    this.#atEnd = [];
    for (const call of calls) call();
  }
}

/** The path with its percent signs resolved, or as it is where they mean nothing. */
export function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** The open requests of one connection, the oldest first, and when the last of those before was over. */
interface ConnectionVisits {
  readonly open: Set<Visit>;
  lastEndMs: number;
}

/** All open requests, by connection: answers leave in the order of the requests. */
export class Visits {
  readonly #clock: Clock;
  readonly #connections = new Map<Socket, ConnectionVisits>();
  readonly #visits = new WeakMap<IncomingMessage, Visit>();
  #count = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many are open. */
  get count(): number {
    return this.#count;
  }

  /** How many are open on a connection. */
  countOf(socket: Socket): number {
    return this.#connections.get(socket)?.open.size ?? 0;
  }

  /** A request has come. @param requestId what the client called it; `undefined` for nothing */
  open(request: IncomingMessage, response: ServerResponse, requestId: string | undefined): void {
    const { socket } = request;
    const connection = this.#connectionOf(socket);
    const visit = new Visit(request, response, requestId);
    this.#visits.set(request, visit);
    connection.open.add(visit);
    this.#count++;
    visit.atEnd(() => {
      connection.open.delete(visit);
      connection.lastEndMs = this.#clock.nowMs();
      this.#count--;
    });
    response.once('close', () => visit.end());
  }

  /** The visit of a request. */
  of(request: IncomingMessage): Visit {
    const visit = this.#visits.get(request);
    if (visit === undefined) throw new RangeError('a request that was never opened');
    return visit;
  }

  /** Calls when all requests of the connection that have come whole are over; at once if they are. */
  whenAnswered(socket: Socket, call: () => void): void {
    const open = this.#connections.get(socket)?.open ?? [];
    const newest = [...open].filter((visit) => visit.hasCome).at(-1);
    if (newest === undefined) call();
    else newest.atEnd(() => this.whenAnswered(socket, call));
  }

  /** Ends all waits. */
  abandonAll(): void {
    for (const { open } of this.#connections.values()) for (const visit of open) visit.abandon();
  }

  /** Drops the connections that do not take an answer in the time given. */
  dropSlow(timeoutMs: number): void {
    const nowMs = this.#clock.nowMs();
    for (const [socket, { open, lastEndMs }] of this.#connections) {
      const [oldest] = open;
      if (oldest?.answeredAtMs === undefined) continue;
      // Answers that wait for others before them have their time from then on.
      if (nowMs - Math.max(oldest.answeredAtMs, lastEndMs) > timeoutMs) socket.destroy();
    }
  }

  #connectionOf(socket: Socket): ConnectionVisits {
    const known = this.#connections.get(socket);
    if (known !== undefined) return known;
    const connection: ConnectionVisits = { open: new Set(), lastEndMs: 0 };
    this.#connections.set(socket, connection);
    // A response that waits behind others is not told that its connection is gone.
    socket.once('close', () => {
      this.#connections.delete(socket);
      for (const visit of [...connection.open]) visit.end();
    });
    return connection;
  }
}

/** An answer to HEAD is that to GET without its body. */
function operationOf(method: string | undefined): AuditOperation | undefined {
  if (method === 'PUT') return 'PUT';
  return method === 'GET' || method === 'HEAD' ? 'GET' : undefined;
}

function isResource(path: string): boolean {
  return path === DRAW_URI || path === AGENCIES_URI || path.startsWith(`${AGENCIES_URI}/`);
}

function percentEncoded(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}
