/** What the bare HTTP servers answer: as the lottery does, but nothing is checked or on durable storage. */
import type { AddressInfo } from 'node:net';

import { exitOnUnexpectedErrors } from '../../program/exit';

/** An answer. */
export interface BareAnswer {
  readonly status: number;
  /** An object is told as JSON. */
  readonly body: object | Buffer;
}

const NOT_FOUND: BareAnswer = { status: 404, body: {} };
const LINE_FEED = 0x0a;
const JSON_START = 0x7b;
/** A bet in JSON begins so; none of the values does. */
const BET_MEMBER = '"bet_id":';

/** Bodies in memory, under their paths: the first batch of each agency, and notes. */
export class BareApi {
  readonly #batches = new Map<string, Buffer>();
  readonly #notes = new Map<string, Buffer>();

  putBatch(agency: string, batch: string, body: Buffer): BareAnswer {
    if (batch === '1') this.#batches.set(agency, body);
    const bets = body[0] === JSON_START ? body.toString().split(BET_MEMBER).length - 1 : linesIn(body);
    return {
      status: 201,
      body: { agency: Number(agency), batch: Number(batch), bets, outcome: 'stored' },
    };
  }

  getBatch(agency: string): BareAnswer {
    return found(this.#batches.get(agency));
  }

  putNote(name: string, body: Buffer): BareAnswer {
    const isNew = !this.#notes.has(name);
    this.#notes.set(name, body);
    const outcome = isNew ? 'created' : 'replaced';
    return { status: isNew ? 201 : 200, body: { name, bytes: body.length, outcome } };
  }

  getNote(name: string): BareAnswer {
    return found(this.#notes.get(name));
  }
}

/** Serves until SIGTERM or until the parent process is gone. @param close ends the server at once */
export function serveBareHttp(listening: Promise<AddressInfo>, close: () => void): void {
  exitOnUnexpectedErrors();
  void listening.then(({ port }) => process.send?.({ port }));
  let isStopped = false;
  const stop = (): void => {
    if (isStopped) return;
    isStopped = true;
    close();
    if (process.connected) process.disconnect();
  };
  process.once('SIGTERM', stop);
  process.once('disconnect', stop);
}

function found(body: Buffer | undefined): BareAnswer {
  return body === undefined ? NOT_FOUND : { status: 200, body };
}

function linesIn(body: Buffer): number {
  let lines = 0;
  for (let end = body.indexOf(LINE_FEED); end >= 0; end = body.indexOf(LINE_FEED, end + 1)) lines++;
  return lines;
}
