/**
 * Whether an audit log is a linearization of what clients have seen.
 *
 * Each answered operation has one line, but a refusal may only be counted, and each line an operation (that of the draw
 * is the server's own); no more refusals are counted than were sent; an operation
 * that was answered before another was sent stands before it; and each answer is, with its body, what a lottery that
 * does one thing at a time gives at its line. The search is exact: see {@link WaitingOperations}.
 */
import { isDeepStrictEqual } from 'node:util';

import { agencyUri, auditLine, DRAW_URI, NO_REQUEST_ID } from '../../../server/ledger/audit_line';
import type { LotteryTerms } from '../../../server/ledger/ledger';
import { AuditEntry, readEntry } from '../../../tools/audit/audit_entry';
import { Model } from './model';
import { Answer, Operation, uriOf } from './operation';
import { WaitingOperations } from './waiting_operations';

/** Where the sale was closed for the draw. */
const DRAW_LINE = auditLine('PUT', DRAW_URI, 201, NO_REQUEST_ID);

/** What has happened while one server lived. */
export interface Life {
  /** What clients have asked it for. Nothing comes of that later. */
  readonly operations: readonly Operation[];
  /** What was added to the audit log. */
  readonly lines: readonly string[];
}

/** What clients have seen, and what the ledger says in the end. */
export interface History {
  readonly terms: LotteryTerms & { readonly winnerNumber: number };
  readonly lives: readonly Life[];
  /** The text of each stored batch, by its URI. */
  readonly texts: ReadonlyMap<string, string>;
}

/** @returns what is wrong; `undefined` when the log is a linearization */
export async function flawOf(history: History): Promise<string | undefined> {
  return new Checker(history).run();
}

class Checker {
  readonly #lives: readonly Life[];
  readonly #texts: ReadonlyMap<string, string>;
  readonly #model: Model;
  #waiting = new WaitingOperations([], () => undefined);
  #line = 0;
  /** The lines that must follow, since they are of one operation with the last. */
  #following: readonly string[] = [];
  /** Refusals of this life that were counted, by their status. */
  readonly #counted = new Map<number, number>();

  constructor({ terms, lives, texts }: History) {
    this.#lives = lives;
    this.#texts = texts;
    this.#model = new Model(terms);
  }

  async run(): Promise<string | undefined> {
    for (const life of this.#lives) {
      const flaw = await this.#flawOfLife(life);
      if (flaw !== undefined) return flaw;
    }
    return undefined;
  }

  async #flawOfLife({ operations, lines }: Life): Promise<string | undefined> {
    const isRefusal = ({ request }: Operation): boolean => request.kind === 'refused';
    const placeOf = this.#placeOfOperation.bind(this);
    this.#waiting = new WaitingOperations(operations, placeOf, isRefusal);
    this.#counted.clear();
    for (const line of lines) {
      this.#line++;
      const flaw = await this.#flawOfNext(line);
      if (flaw !== undefined) return `line ${this.#line}, ${line}: ${flaw}`;
    }
    if (this.#following.length > 0) return `a part of an operation is missing: ${this.#following[0]}`;
    const { unexplained } = this.#waiting;
    if (unexplained !== undefined) return `answered without a line: ${JSON.stringify(unexplained)}`;
    return this.#flawOfCounts(operations);
  }

  /** Each refusal has a line, or is counted at most once. */
  #flawOfCounts(operations: readonly Operation[]): string | undefined {
    for (const operation of operations) {
      const { request, answer } = operation;
      if (request.kind !== 'refused' || answer === 'unavailable' || this.#waiting.isTaken(operation))
        continue;
      this.#counted.set(request.status, (this.#counted.get(request.status) ?? 0) - 1);
    }
    const [excess] = [...this.#counted].filter(([, count]) => count > 0);
    return excess && `${excess[1]} more refusals with ${excess[0]} are counted than were sent`;
  }

  async #draw(): Promise<string | undefined> {
    return (await this.#model.runDraw()) ? undefined : 'the draw was not due';
  }

  async #flawOfNext(line: string): Promise<string | undefined> {
    const [expected, ...following] = this.#following;
    if (expected === undefined) return line === DRAW_LINE ? this.#draw() : this.#flawOfLine(line);
    this.#following = following;
    return line === expected ? undefined : `it should be ${expected}`;
  }

  async #flawOfLine(line: string): Promise<string | undefined> {
    const entry = readEntry(line);
    if (entry === undefined) return 'it has not the form of a line';
    const { resource, status } = entry;
    if (resource.kind === 'refusals') {
      this.#counted.set(status, (this.#counted.get(status) ?? 0) + resource.count);
      return undefined;
    }
    const places = await this.#placesOfLine(entry);
    const operation = this.#waiting.take(places);
    if (operation === undefined) {
      return this.#waiting.has(places)
        ? 'an operation that was answered before this one was sent stands behind it'
        : 'nobody has sent it';
    }
    const { lines, answer } = await this.#model.carryOut(operation.request, operation.requestId);
    const [right = 'nothing', ...following] = lines;
    if (right !== line) return `it should be ${right}`;
    this.#following = following;
    return fits(operation.answer, answer)
      ? undefined
      : `answered was ${JSON.stringify(operation.answer)}, right is ${JSON.stringify(answer)}`;
  }

  /** Where the line of an operation is: under its id, or with those that are alike. */
  #placeOfOperation({ request, requestId, answer }: Operation): string | undefined {
    if (answer === 'unavailable') return undefined;
    if (requestId !== NO_REQUEST_ID) return requestId;
    const uri = uriOf(request);
    switch (request.kind) {
      case 'put-batch':
        return `PUT ${uri} ${answer === undefined ? this.#likelyAnswer(uri, request.text) : grantOf(answer)}`;
      case 'get-agency':
        return answer === undefined ? `GET ${uri}` : placeOfSums(uri, answer);
      case 'put-note':
        return `PUT ${uri}`;
      case 'get-note':
        return answer === undefined ? `GET ${uri}` : placeOfValue(uri, answer['text']);
      case 'delete-note':
        return `DELETE ${uri}${answer === undefined ? '' : ` ${String(answer['status'])}`}`;
      case 'refused':
        return `${request.operation} ${uri} ${request.status}`;
      default:
        return `${request.kind === 'finish' ? 'PUT' : 'GET'} ${uri} 200`;
    }
  }

  /** What a batch is answered of which only this is known: what is stored in the end. */
  #likelyAnswer(uri: string, text: string): string {
    const stored = this.#texts.get(uri);
    if (stored === undefined) return 'closed';
    return stored === text ? 'granted' : 'batch-conflict';
  }

  async #placesOfLine({ operation, uri, resource, status, requestId }: AuditEntry): Promise<string[]> {
    if (requestId !== NO_REQUEST_ID) return [requestId];
    if (operation === 'PUT' && resource.kind === 'batch') {
      const name = GRANTS.get(status) ?? String(status);
      return [`PUT ${uri} ${name}`];
    }
    if (operation === 'GET' && resource.kind === 'agency' && status === 200) {
      return [
        placeOfSums(agencyUri(resource.agency), await this.#model.sumsOf(resource.agency)),
        `GET ${uri}`,
      ];
    }
    if (resource.kind === 'note') return this.#placesOfNote(operation, uri, resource, status);
    return [`${operation} ${uri} ${status}`];
  }

  /** Whoever writes a note without an id writes the same, and of readers those are alike that have read the same. */
  async #placesOfNote(
    operation: AuditEntry['operation'],
    uri: string,
    { owner, name }: NoteResource,
    status: number,
  ): Promise<string[]> {
    if (operation === 'PUT') return [`PUT ${uri}`];
    if (operation === 'DELETE') return [`DELETE ${uri} ${status}`, `DELETE ${uri}`];
    return [placeOfValue(uri, await this.#model.noteText(owner, name)), `GET ${uri}`];
  }
}

type NoteResource = Extract<AuditEntry['resource'], { kind: 'note' }>;

function placeOfValue(uri: string, text: unknown): string {
  return `GET ${uri} ${JSON.stringify(text ?? null)}`;
}

/** The statuses that a batch without an id can have, and what its agency was told. */
const GRANTS: ReadonlyMap<number, string> = new Map([
  [201, 'granted'],
  [200, 'granted'],
  [409, 'batch-conflict'],
  [410, 'closed'],
]);

function grantOf({ code }: Answer): string {
  return typeof code === 'string' ? code : 'granted';
}

function placeOfSums(uri: string, { last_batch_id, last_bet_id, bets }: Answer): string {
  return `GET ${uri} ${JSON.stringify([last_batch_id, last_bet_id, bets])}`;
}

function fits(seen: Operation['answer'], right: Answer): boolean {
  if (seen === undefined) return true;
  return Object.entries(seen).every(([key, value]) => isDeepStrictEqual(value, right[key]));
}
