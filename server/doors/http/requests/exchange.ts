import type { IncomingMessage, ServerResponse } from 'node:http';

import type { MemoryShare } from './shared_memory';
import { AuditedOperation, auditedOperation, pathOf } from './operation';

/**
 * How far an exchange has come: `received`, so that the door itself must note a refusal in the audit log; or
 * `submitted` to the lottery, so that the ledger writes its line.
 */
export type ExchangeState = 'received' | 'submitted';

/** Why waits end. Without it, each would make an error of its own, with its stack. */
const ABANDONED = new Error('nobody waits any more');

/** One request and its answer, from the request's headers to the end of the answer. */
export class Exchange {
  /** Whether the body is being read. */
  isReading = false;
  /** When the whole answer was given to the connection; `undefined` before. */
  answeredAtMs: number | undefined;
  /** The memory of the answer, once some is reserved. */
  answerMemory: MemoryShare | undefined;
  /** Made when somebody waits: most requests never do. */
  #waits: AbortController | undefined;
  #isAbandoned = false;
  #atEnd: (() => void)[] = [];
  #isOver = false;
  #state: ExchangeState = 'received';
  /** The one before it on its connection, until that lets it pass. */
  #ahead: Exchange | undefined;
  #letsPass = false;
  #behind: (() => void)[] = [];
  #requireAccess: () => void = () => undefined;
  #revocation: Error | undefined;

  /**
   * @param requestId the id that the client gave its request; `undefined` for none
   * @param ahead the exchange before it on its connection, if one is open
   */
  constructor(
    readonly request: IncomingMessage,
    readonly response: ServerResponse,
    readonly requestId: string | undefined,
    ahead?: Exchange,
  ) {
    this.#ahead = ahead;
  }

  /** How far the exchange has come. */
  get state(): ExchangeState {
    return this.#state;
  }

  /** Whether the answer was taken, or there is no client left to take it. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether nothing of the request is still being read. */
  get hasArrived(): boolean {
    return !this.isReading || this.request.complete;
  }

  /** Aborted when no client waits for an answer any more, or when the door stops. */
  get abandoned(): AbortSignal {
    this.#waits ??= new AbortController();
    if (this.#isAbandoned) this.#waits.abort(ABANDONED);
    return this.#waits.signal;
  }

  /** The path as it was sent, without the query. */
  get path(): string {
    return pathOf(this.request);
  }

  /** What the audit log calls this request; `undefined` if it is no operation on the lottery. */
  get operation(): AuditedOperation | undefined {
    return auditedOperation(this.request.method, this.path);
  }

  /** Why the request has lost its right to what it asks for; `undefined` while it has it. */
  get revocation(): Error | undefined {
    return this.#revocation;
  }

  /**
   * Requires that the request may do what it asks for: now, and whenever rights change, until it is submitted.
   *
   * @param requireAccess throws when it may not
   * @throws what `requireAccess` throws
   */
  authorize(requireAccess: () => void): void {
    requireAccess();
    this.#requireAccess = requireAccess;
  }

  /** Rights have changed: what may no longer be done is not submitted any more, and waits for nothing. */
  authorizeAgain(): void {
    try {
      this.#requireAccess();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.#revocation ??= error;
      this.abandon();
    }
  }

  /**
   * Submits the request to the lottery: the one way from a route to the lottery.
   *
   * @param call calls the lottery with the request's id
   * @returns what the call returns
   * @throws the {@link revocation}, if there is one
   */
  submit<Result>(call: (requestId: string | undefined) => Promise<Result>): Promise<Result> {
    if (this.#revocation !== undefined) throw this.#revocation;
    return this.#hand(call);
  }

  /** Submits to the lottery that the request was refused, whatever it may do. @returns what the call returns */
  submitRefusal<Result>(call: (requestId: string | undefined) => Promise<Result>): Promise<Result> {
    return this.#hand(call);
  }

  /**
   * Calls `call` when its route may begin: at once, unless requests before it on its connection have not been submitted
   * yet. What a client sends without waiting is done in its order (RFC 9112, 9.3.2).
   */
  whenItsTurn(call: () => void): void {
    const ahead = this.#ahead;
    if (ahead === undefined) return call();
    ahead.#whenPassed(() =>
      ahead.whenItsTurn(() => {
        this.#ahead = undefined;
        call();
      }),
    );
  }

  /** Lets those behind it pass: it is submitted or answered, or what it waits for is not theirs to wait for. */
  letPass(): void {
    this.#letsPass = true;
    const calls = this.#behind;
    this.#behind = [];
    for (const call of calls) call();
  }

  /** Calls `call` when the exchange is over; at once if it is. */
  atEnd(call: () => void): void {
    if (this.#isOver) call();
    else this.#atEnd.push(call);
  }

  /** Ends every wait of this exchange. */
  abandon(): void {
    this.#isAbandoned = true;
    this.#waits?.abort(ABANDONED);
  }

  /** Marks the exchange as over, and abandons it. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.abandon();
    this.letPass();
    const calls = this.#atEnd;
    this.#atEnd = [];
    for (const call of calls) call();
  }

  #hand<Result>(call: (requestId: string | undefined) => Promise<Result>): Promise<Result> {
    this.#state = 'submitted';
    const result = call(this.requestId);
    this.letPass();
    return result;
  }

  #whenPassed(call: () => void): void {
    if (this.#letsPass) call();
    else this.#behind.push(call);
  }
}
