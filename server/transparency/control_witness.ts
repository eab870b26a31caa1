/** Has the lottery's log cosigned by the internal control, which is a witness: C2SP tlog-witness. */
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

import type { Clock } from '../../program/clock';
import { oneLine } from '../../program/exit';
import { pause } from '../../program/pause';
import { within } from '../../program/within';
import { NoteError, NoteVerifier, openNote } from '../../transparency/notes/note';
import { parseCheckpoint } from '../../transparency/notes/checkpoint';
import type { WitnessedCheckpoint } from './log_messages';
import type { TransparencyLog } from './transparency_log';

/** While bets are sold: what is cosigned so often cannot be dated back by more. */
const EVERY_MS = 10_000;
/** How long to wait before the control is asked again: at first, and at most. */
const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 5_000;
/** It reads what is new to it before it answers. */
const TIMEOUT_MS = 300_000;
const MAX_ANSWER_BYTES = 16_384;
const MAX_REASON_CHARACTERS = 300;
const NOTHING = Buffer.alloc(0);
/** What the operator is to think of, where the control knows another log of this name. */
const OLDER_COPY = 'is this ledger, with its log, an older copy?';

/** The control. */
export interface ControlAddress {
  /** Where its door is; `add-checkpoint` is below it. */
  readonly url: URL;
  /** Verifies its cosignatures. */
  readonly verifier: NoteVerifier;
}

/** Around a {@link ControlWitness}. */
export interface ControlHooks {
  readonly clock: Clock;
  /**
   * Told when it has cosigned after it had not, and each time when it has not for another reason.
   *
   * @param which of the checkpoints it has not cosigned
   */
  readonly onChange: (reason: string | undefined, which: WitnessedCheckpoint) => void;
}

type WitnessedLog = Pick<TransparencyLog, 'progress' | 'addCheckpointBody' | 'addCosignature'>;

/** A request to the control's door. */
interface ControlRequest {
  readonly method: 'POST' | 'GET';
  /** Below the control's URL, without a `/` in front. */
  readonly path: string;
  readonly body: Buffer;
}

interface ControlAnswer {
  readonly status: number;
  readonly text: string;
}

/** The control did not cosign. */
class NotCosigned extends Error {}

/** Asks the control for its cosignatures. */
export class ControlWitness {
  readonly #log: WitnessedLog;
  readonly #control: ControlAddress;
  readonly #hooks: ControlHooks;
  readonly #closed = new AbortController();
  /** How many leaves the control knows. */
  #old = 0;
  #reason: string | undefined;
  #isBalanced = false;
  #last: Promise<unknown> = Promise.resolve();
  #cancelTimer: () => void = () => undefined;

  constructor(log: WitnessedLog, control: ControlAddress, hooks: ControlHooks) {
    this.#log = log;
    this.#control = control;
    this.#hooks = hooks;
  }

  /** Whether the control has cosigned what it was asked for last. */
  get isBalanced(): boolean {
    return this.#isBalanced;
  }

  /** Has the latest checkpoint cosigned now and then, until the sale is sealed. */
  start(): void {
    if (this.#log.progress.isSealed || this.#closed.signal.aborted) return;
    void this.#try('latest').then(() => {
      if (!this.#closed.signal.aborted)
        this.#cancelTimer = this.#hooks.clock.after(EVERY_MS, () => this.start());
    });
  }

  /**
   * Asks until the checkpoint has the control's cosignature, which is durable then, or nobody waits any more.
   *
   * @returns whether it had to ask: not where the cosignature was kept before
   */
  async untilCosigned(which: WitnessedCheckpoint, stopped: AbortSignal): Promise<boolean> {
    this.#cancelTimer();
    const end = AbortSignal.any([stopped, this.#closed.signal]);
    for (let waitMs = FIRST_RETRY_MS; !end.aborted; waitMs = Math.min(2 * waitMs, MAX_RETRY_MS)) {
      const outcome = await this.#try(which);
      if (outcome !== 'failed') return outcome === 'given';
      await pause(this.#hooks.clock, waitMs, end);
    }
    return true;
  }

  /** Asks for nothing more. */
  close(): void {
    this.#cancelTimer();
    this.#closed.abort();
  }

  /** One request after the other. @returns whether the cosignature was kept before, is given now, or is not there */
  #try(which: WitnessedCheckpoint): Promise<'kept' | 'given' | 'failed'> {
    const done = this.#last.then(async () => {
      try {
        const wasCosigned = await this.#isCosigned(which);
        if (!wasCosigned) await this.#request(which);
        const isAll = !this.#log.progress.hasResult || (await this.#isCosigned('sealed'));
        // Otherwise it is told when the seal is asked for.
        if (isAll) this.#tell(undefined, which);
        return wasCosigned ? 'kept' : 'given';
      } catch (error) {
        if (!this.#closed.signal.aborted) this.#tell(oneLine(error).slice(0, MAX_REASON_CHARACTERS), which);
        return 'failed';
      }
    });
    this.#last = done;
    return done;
  }

  #tell(reason: string | undefined, which: WitnessedCheckpoint): void {
    const isChange = this.#isBalanced !== (reason === undefined) || this.#reason !== reason;
    this.#isBalanced = reason === undefined;
    this.#reason = reason;
    if (isChange) this.#hooks.onChange(reason, which);
  }

  /** Whether it was cosigned before, and that was kept. */
  async #isCosigned(which: WitnessedCheckpoint): Promise<boolean> {
    const body = await this.#log.addCheckpointBody(which, 0);
    if (body === undefined) throw new NotCosigned('the log cannot be read now');
    return this.#cosigned(noteIn(body)) !== undefined;
  }

  async #request(which: WitnessedCheckpoint): Promise<void> {
    // Once for the seal, and for each size that the control may name; it names another only when others have asked it.
    for (let turns = 0; turns < 4; turns++) {
      const body = await this.#log.addCheckpointBody(which, this.#old);
      if (body === undefined) {
        if (which === 'sealed' && this.#log.progress.hasResult) return this.#requestAgain(which);
        const more = this.#old;
        // It is asked again, and may say something else by then.
        this.#old = 0;
        throw new NotCosigned(`the control has cosigned ${more} leaves, which are more: ${OLDER_COPY}`);
      }
      if (which === 'latest' && (await this.#isBehindSeal(body))) {
        await this.#requestSeal();
        continue;
      }
      const { status, text } = await this.#send({ method: 'POST', path: 'add-checkpoint', body });
      if (status === 200) {
        this.#old = await this.#keep(which, noteIn(body), text);
        return;
      }
      if (status !== 409) throw new NotCosigned(`the control answers ${status}: ${printable(text)}`);
      const known = sizeIn(text);
      if (known === this.#old && known === sizeOf(noteIn(body)))
        throw new NotCosigned(`the control has cosigned another tree of ${known} leaves: ${OLDER_COPY}`);
      this.#old = known;
    }
    throw new NotCosigned('the control names other sizes each time');
  }

  /**
   * Whether a checkpoint goes beyond the seal, and the control does not know the seal, as far as it has told: it takes the
   * seal alone. That can be so where a sale was called off, or the control has lost what it knew.
   */
  async #isBehindSeal(body: Buffer): Promise<boolean> {
    const seal = await this.#log.addCheckpointBody('sealed', 0);
    if (seal === undefined) return false;
    const size = sizeOf(noteIn(seal));
    return this.#old < size && sizeOf(noteIn(body)) > size;
  }

  /** Where the control knows more than the seal and gives no cosignature of it, what comes behind it does not wait. */
  async #requestSeal(): Promise<void> {
    const before = this.#old;
    try {
      await this.#request('sealed');
    } catch (error) {
      if (!(error instanceof NotCosigned) || this.#old <= before) throw error;
    }
  }

  /** Asks for a cosignature that was given before, and lost here: a witness cosigns no smaller tree than its last. */
  async #requestAgain(which: WitnessedCheckpoint): Promise<void> {
    const body = await this.#log.addCheckpointBody(which, 0);
    if (body === undefined) throw new NotCosigned('the log cannot be read now');
    const note = noteIn(body);
    const request = { method: 'GET', path: `cosigned/${sizeOf(note)}`, body: NOTHING } as const;
    const { status, text } = await this.#send(request);
    if (status === 200) {
      await this.#keep(which, note, text);
      return;
    }
    throw new NotCosigned(
      `the cosignature of the seal is lost, and the control answers ${status}: ${printable(text)}`,
    );
  }

  /** @returns of how many leaves the checkpoint is */
  async #keep(which: WitnessedCheckpoint, note: string, lines: string): Promise<number> {
    const cosigned = this.#cosigned(`${note}${lines}`);
    if (cosigned === undefined)
      throw new NotCosigned('the control answers with a cosignature that is not its');
    const { size } = parseCheckpoint(cosigned.text);
    const isKept = await this.#log.addCosignature(which, size, cosigned.line);
    const mustBeKept = which === 'sealed' || this.#log.progress.hasResult;
    if (!isKept && mustBeKept) throw new NotCosigned('the cosignature cannot be kept now');
    return size;
  }

  /** What a note says, and the line of the control's cosignature. @returns `undefined` where it has none */
  #cosigned(note: string): { readonly text: string; readonly line: string } | undefined {
    try {
      const { text, verified } = openNote(note, [this.#control.verifier]);
      return verified[0] && { text, line: verified[0].line };
    } catch (error) {
      if (error instanceof NoteError) return undefined;
      throw error;
    }
  }

  async #send(what: ControlRequest): Promise<ControlAnswer> {
    const exchange = (signal: AbortSignal): Promise<ControlAnswer> => this.#exchange(what, signal);
    try {
      return await within(this.#hooks.clock, TIMEOUT_MS, this.#closed.signal, exchange);
    } catch (error) {
      if (error instanceof NotCosigned) throw error;
      throw new NotCosigned(`the control cannot be reached: ${oneLine(error)}`);
    }
  }

  #exchange({ method, path, body }: ControlRequest, signal: AbortSignal): Promise<ControlAnswer> {
    const url = new URL(this.#control.url);
    url.pathname = `${url.pathname.replace(/\/$/, '')}/${path}`;
    const send = url.protocol === 'https:' ? requestHttps : requestHttp;
    const headers = { 'content-type': 'text/plain', 'content-length': body.length };
    return new Promise((resolve, reject) => {
      const request = send(url, { method, agent: false, headers, signal }, (answer) => {
        const parts: Buffer[] = [];
        let bytes = 0;
        answer.on('data', (part: Buffer) => {
          bytes += part.length;
          if (bytes > MAX_ANSWER_BYTES)
            answer.destroy(new NotCosigned('the answer of the control is too long'));
          else parts.push(part);
        });
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(parts).toString() }),
        );
        answer.on('error', reject);
      });
      request.on('error', reject);
      request.end(body);
    });
  }
}

/** The note in a body of `add-checkpoint`. */
function noteIn(body: Buffer): string {
  const text = body.toString();
  return text.slice(text.indexOf('\n\n') + 2);
}

/** How many leaves the tree of a note has. */
function sizeOf(note: string): number {
  return parseCheckpoint(note.slice(0, note.indexOf('\n\n') + 1)).size;
}

function sizeIn(text: string): number {
  const size = /^(0|[1-9]\d{0,15})\n$/.exec(text)?.[1];
  if (size === undefined) throw new NotCosigned('the control answers 409 without its size');
  return Number(size);
}

/** What another program says, for the log: on one line, and without what a terminal would obey. */
function printable(text: string): string {
  return text.replace(/[^ -~]+/g, ' ').trim();
}
