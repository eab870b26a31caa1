/** The lottery in the plainest way, one operation after the other: what each must be answered. */
import { crc32 } from 'node:zlib';

import { checkBatch } from '../../../protocol/checked_batch';
import { STATUS_OF_ERROR } from '../../../server/ledger/audit_line';
import type { Draw } from '../../../server/ledger/draw';
import type { LotteryTerms } from '../../../server/ledger/ledger';
import { MemoryLedger } from '../../../server/ledger/memory_ledger';
import type { Standing } from '../../../server/ledger/operation';
import { STATUS_OF_OUTCOME, STATUS_OF_WINNERS } from '../../../server/ledger/operation_line';
import { LedgerCalls } from '../../../server/ledger/testing/ledger_calls';
import { carryOutOnNotes } from './note_model';
import type { Answer, Request } from './operation';

/** An answer, and the lines that the audit log has of it. */
export interface ModelAnswer {
  readonly lines: readonly string[];
  readonly answer: Answer;
}

/** The lottery as it stands at one line of the log. */
export class Model {
  readonly #terms: LotteryTerms;
  readonly #memory: MemoryLedger;
  readonly #ledger: LedgerCalls;
  #draw: Draw | undefined;

  constructor(terms: LotteryTerms & { readonly winnerNumber: number }) {
    this.#terms = terms;
    this.#memory = new MemoryLedger(terms);
    this.#ledger = new LedgerCalls(this.#memory, terms.winnerNumber);
  }

  /** The draw runs, all agencies having finished. @returns whether it may */
  async runDraw(): Promise<boolean> {
    if ((await this.#ledger.drawState(undefined)) !== 'due') return false;
    this.#draw = await this.#ledger.draw();
    return true;
  }

  /** Carries an operation out. */
  async carryOut(request: Request, requestId: string): Promise<ModelAnswer> {
    const { auditLines } = this.#memory;
    const before = auditLines.length;
    const answer = await this.#answer(request, requestId);
    // What is looked up beside the answer has lines here that no server writes.
    const lines = request.kind === 'post-notes' ? Object.keys(request.values).length : 1;
    return { lines: auditLines.slice(before, before + lines), answer };
  }

  /** What an agency is told that asks where it stands. */
  async sumsOf(agency: number): Promise<Answer> {
    return sumsOf(agency, await this.#ledger.standing(agency));
  }

  /** The value of a note, with no line in the log. */
  async noteText(owner: number, name: string): Promise<string | undefined> {
    return this.#ledger.noteText(owner, name);
  }

  async #answer(request: Request, requestId: string): Promise<Answer> {
    switch (request.kind) {
      case 'put-batch':
        return this.#place(request, requestId);
      case 'finish':
        await this.#ledger.finish(request.agency, requestId);
        return { status: 200, agency: request.agency, finished: true };
      case 'get-batch': {
        const text = await this.#ledger.batchText(request.agency, request.batchId, requestId);
        if (text === undefined) return { status: 404, code: 'not-found' };
        return { status: 200, text: text.toString() };
      }
      case 'get-agency': {
        const standing = await this.#ledger.standing(request.agency, requestId);
        const check = await this.#checkUpTo(request.agency, standing.lastBatchId);
        return { status: 200, ...sumsOf(request.agency, standing), check };
      }
      case 'get-agencies':
        return this.#list(request.after, request.limit, requestId);
      case 'get-winners':
        return this.#winners(request.agency, requestId);
      case 'get-draw':
        await this.#ledger.drawState(undefined, requestId);
        return this.#drawAnswer();
      case 'refused':
        await this.#ledger.note(request.operation, request.uri, request.status, requestId);
        return { status: request.status, code: request.code };
      default:
        return carryOutOnNotes(this.#ledger, request, requestId);
    }
  }

  async #place(
    { agency, batchId, text }: Extract<Request, { kind: 'put-batch' }>,
    requestId: string,
  ): Promise<Answer> {
    const bets = text.split(';').length;
    const batch = checkBatch({ type: 'BET', batchId, batchSize: bets, payload: Buffer.from(`;${text}`) });
    const outcome = await this.#ledger.append(batch, requestId);
    const status = STATUS_OF_OUTCOME[outcome];
    switch (outcome) {
      case 'stored':
      case 'already-stored':
        return { status, isGranted: true, agency, batch: batchId, bets, outcome };
      case 'conflict':
        return { status, code: 'batch-conflict' };
      case 'closed':
        return { status, code: 'closed' };
    }
  }

  /** CRC-32 of the payloads of the batches 1 to this, one after the other. */
  async #checkUpTo(agency: number, lastBatchId: number): Promise<number> {
    let check = 0;
    for (let batchId = 1; batchId <= lastBatchId; batchId++) {
      const text = await this.#ledger.batchText(agency, batchId);
      check = crc32(Buffer.concat([Buffer.from(';'), text!]), check);
    }
    return check;
  }

  async #list(after: number, limit: number, requestId: string): Promise<Answer> {
    const standings = await this.#ledger.standings(after, limit, requestId);
    const last = after + standings.length;
    return {
      status: 200,
      agencies: standings.map((standing, index) => sumsOf(after + index + 1, standing)),
      next: standings.length > 0 && last < this.#terms.agencies ? last : null,
    };
  }

  async #winners(agency: number, requestId: string): Promise<Answer> {
    switch (await this.#ledger.drawState(agency, requestId)) {
      case 'drawn':
        return {
          status: STATUS_OF_WINNERS.drawn,
          agency,
          winners: documentsOf(this.#draw?.winners.get(agency)),
        };
      case 'awaited':
        return { status: STATUS_OF_WINNERS.awaited, code: 'not-drawn' };
      case 'called-off':
        return { status: STATUS_OF_ERROR.closed, code: 'closed' };
      case 'due':
        return {};
    }
  }

  #drawAnswer(): Answer {
    const winners = [...(this.#draw?.winners ?? [])].sort(([one], [other]) => one - other);
    return {
      status: 200,
      state: this.#draw === undefined ? 'awaited' : 'drawn',
      winner_number: this.#terms.winnerNumber,
      agencies: this.#terms.agencies,
      bets: this.#draw?.bets ?? null,
      missing_agencies: [],
      phase: this.#draw === undefined ? 'awaited' : 'decided',
      deadline: null,
      winners: winners.map(([agency, documents]) => ({ agency, count: documentsOf(documents).length })),
    };
  }
}

/** The documents of an agency's winners, as the ledger joins them. */
export function documentsOf(joined = ''): string[] {
  return joined === '' ? [] : joined.split(',');
}

function sumsOf(agency: number, { bets, batches, lastBatchId, lastBetId, isFinished }: Standing): Answer {
  return {
    agency,
    bets,
    batches,
    last_batch_id: lastBatchId,
    last_bet_id: lastBetId,
    finished: isFinished,
  };
}
