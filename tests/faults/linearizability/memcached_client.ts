import { NO_REQUEST_ID } from '../../../server/ledger/audit_line';
import type { Random } from '../../../tools/random';
import { RawClient } from '../../support/raw_client';
import { Answer, Operation, Request, uriOf } from './operation';

/** What it asks for: its operations have no ids, so those that are alike in the log must be alike in what they do. */
type MemcachedRequest = Extract<Request, { kind: 'put-note' | 'get-note' | 'delete-note' }>;

const END_OF_LINE = 0x0a;
/** Names that clients of HTTP write too. */
const NAMES = ['cursor', 'n:1'];
const OWNERS = [0, 1, 2];
const STORED: Answer = { isStored: true };
const NOT_FOUND: Answer = { status: 404 };

/** A client of the memcached door that writes down what it asks for and is answered. */
export class MemcachedClient {
  readonly #client: RawClient;
  readonly #operations: Operation[];

  static async open(port: number, operations: Operation[]): Promise<MemcachedClient> {
    return new MemcachedClient(await RawClient.open(port), operations);
  }

  private constructor(client: RawClient, operations: Operation[]) {
    this.#client = client;
    this.#operations = operations;
  }

  /** Sends a command by chance and waits for its reply. @returns whether the server is still there */
  async send(random: Random): Promise<boolean> {
    const request = chooseRequest(random);
    const startMs = performance.now();
    const operation: Operation = {
      request,
      requestId: NO_REQUEST_ID,
      startMs,
      endMs: Infinity,
      answer: undefined,
    };
    this.#operations.push(operation);
    this.#client.write(commandOf(request));
    const answer = await this.#readAnswer();
    if (answer === undefined) return false;
    operation.endMs = performance.now();
    operation.answer = answer;
    return true;
  }

  close(): void {
    this.#client.close();
  }

  async #readAnswer(): Promise<Operation['answer']> {
    const line = await this.#readLine();
    const [word, , , bytes] = line.split(' ');
    switch (word) {
      case 'STORED':
        return STORED;
      case 'DELETED':
        return { status: 200 };
      case 'NOT_FOUND':
      case 'END':
        return NOT_FOUND;
      case 'SERVER_ERROR':
        return 'unavailable';
      case 'VALUE':
        return this.#readValue(Number(bytes));
      case '':
        return undefined;
      default:
        throw new Error(`the memcached door has answered ${line}`);
    }
  }

  async #readValue(bytes: number): Promise<Answer | undefined> {
    const rest = await this.#client.read(bytes + '\r\nEND\r\n'.length);
    return rest.endsWith('\r\nEND\r\n')
      ? { status: 200, text: rest.slice(0, -'\r\nEND\r\n'.length) }
      : undefined;
  }

  /** A line without its end; empty when the server is gone. */
  async #readLine(): Promise<string> {
    let line = '';
    for (;;) {
      const next = await this.#client.read(1);
      if (next === '') return '';
      if (next.charCodeAt(0) === END_OF_LINE) return line.trimEnd();
      line += next;
    }
  }
}

function chooseRequest(random: Random): MemcachedRequest {
  const note = { owner: random.pick(OWNERS), name: random.pick(NAMES) };
  const chosen = random.below(100);
  // Whoever writes a name without an id writes the same.
  if (chosen < 40) return { kind: 'put-note', ...note, value: `of ${note.name}`, condition: undefined };
  return chosen < 75 ? { kind: 'get-note', ...note } : { kind: 'delete-note', ...note };
}

function commandOf(request: MemcachedRequest): string {
  const key = uriOf(request);
  switch (request.kind) {
    case 'put-note':
      return `set ${key} 0 0 ${request.value.length}\r\n${request.value}\r\n`;
    case 'get-note':
      return `get ${key}\r\n`;
    case 'delete-note':
      return `delete ${key}\r\n`;
  }
}
