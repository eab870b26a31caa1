/** What the control answers as a witness: C2SP tlog-witness, `add-checkpoint`. */
import type { Books } from './books';
import type { CosignedCheckpoint, CosignedCheckpoints } from './cosigned';
import type { Feed } from './feed';
import type { KeptDifference } from './kept_difference';
import { isConsistent, HASH_BYTES } from './merkle';
import { Difference, differs, FeedFailed, oneLine, StorageFailed } from './mistakes';
import {
  Checkpoint,
  Cosigner,
  decode,
  isSignedBy,
  LogKey,
  readCheckpoint,
  SplitNote,
  splitNote,
} from './notes';
import type { OwnCopy } from './own_copy';

/** C2SP bounds a proof so. */
const MAX_PROOF_HASHES = 63;
const SIZE_TYPE = 'text/x.tlog.size';
const TEXT_TYPE = 'text/plain; charset=utf-8';

/** An answer over HTTP. */
export interface WitnessAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** What a witness works with. */
export interface WitnessParts {
  readonly log: LogKey;
  readonly cosigner: Cosigner;
  readonly books: Books;
  readonly copy: OwnCopy;
  readonly cosigned: CosignedCheckpoints;
  /** The first difference of an earlier start. */
  readonly kept: KeptDifference;
  readonly feed: Feed;
  /** Seconds since 1970. */
  readonly nowSeconds: () => number;
  /** Told of what happens, in words for the operator. */
  readonly tell: (event: WitnessEvent) => void;
}

/** What happens. */
export type WitnessEvent =
  | { readonly kind: 'cosigned'; readonly size: number; readonly bets: number; readonly isSealed: boolean }
  | {
      readonly kind: 'difference';
      readonly reason: string;
      /** Where it was found before this start: when, in ISO 8601. */
      readonly foundAt?: string;
    }
  /** The log has signed what contradicts what was cosigned; told once for each. */
  | { readonly kind: 'contradiction'; readonly reason: string }
  | { readonly kind: 'feed-failed'; readonly reason: string };

/** A request as it was sent. */
interface AddCheckpoint {
  readonly old: number;
  readonly proof: readonly Buffer[];
  readonly note: Buffer;
  readonly split: SplitNote;
}

/** The control as a witness. Requests are answered one after the other. */
export class Witness {
  readonly #parts: WitnessParts;
  #difference: Difference | undefined;
  #contradiction: string | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: WitnessParts) {
    this.#parts = parts;
  }

  /** The first difference that was found, also before this start; from then on nothing is cosigned. */
  get difference(): string | undefined {
    return this.#difference?.message;
  }

  /**
   * In what the log contradicted what was cosigned when this was last asked to cosign. It passes: somebody may have put an
   * older copy of the ledger back, and take it away again.
   */
  get contradiction(): string | undefined {
    return this.#contradiction;
  }

  /**
   * Reads what was kept: the difference of an earlier start, and the leaves, into the books. To be called once, first. A
   * difference in the own copy is not kept: it is found again at each start, and none of what the server says.
   *
   * @throws StorageFailed also when the leaves are not those that were cosigned
   */
  readOwnCopy(): void {
    const { books, copy, cosigned, kept } = this.#parts;
    const { found } = kept;
    if (found !== undefined) this.#refuseFromNow(new Difference(found.reason), found.at);
    try {
      for (const frame of copy.read()) {
        books.take(frame);
        requireCosigned(books, cosigned.latest);
      }
    } catch (error) {
      if (!(error instanceof Difference)) throw error;
      this.#refuseFromNow(error);
    }
  }

  /**
   * Answers a request: 200 with the line of the cosignature; 400 for one that is malformed; 403 where the log has not
   * signed it; 404 for another log; 409 with the size that was cosigned last, where `old` is another; 422 for a wrong
   * proof, and for good after a difference, also of an earlier start; 503 when the server does not give its leaves.
   *
   * @throws StorageFailed
   */
  addCheckpoint(body: Buffer): Promise<WitnessAnswer> {
    const answer = this.#last.then(() => this.#answer(body));
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  /**
   * Gives again what was cosigned: 200 with the line of the cosignature of the checkpoint of so many leaves, with the time at
   * which it was said; 404 where it is none of the last two. The server asks when it has lost that of the seal: a witness
   * cosigns no smaller tree, and what was said stays said.
   */
  cosignatureOf(size: number): WitnessAnswer {
    const said = this.#parts.cosigned.ofSize(size);
    return said === undefined
      ? refusal(404, `none of the last two checkpoints that were cosigned has ${size} leaves`)
      : good(said.line);
  }

  async #answer(body: Buffer): Promise<WitnessAnswer> {
    const request = readRequest(body);
    const checkpoint = request && readCheckpoint(request.split.text);
    if (request === undefined || checkpoint === undefined) return refusal(400, 'the request is malformed');
    const { log, cosigned } = this.#parts;
    if (checkpoint.origin !== log.name) return refusal(404, 'the log is not known');
    if (!isSignedBy(request.split, log)) return refusal(403, 'the log has not signed this checkpoint');
    if (request.old > checkpoint.size) return refusal(400, 'the old size is larger than the new one');
    const { latest } = cosigned;
    const isFork = checkpoint.size === latest?.size && !checkpoint.root.equals(latest.root);
    if (isFork)
      this.#noteContradiction(`the log has signed another tree of ${latest.size} leaves than was cosigned`);
    if (request.old !== (latest?.size ?? 0) || isFork) return sizeRefusal(latest);
    const from = latest ?? { size: 0, root: Buffer.alloc(HASH_BYTES) };
    if (!isConsistent(from, checkpoint, request.proof)) {
      const reason = `a tree of ${checkpoint.size} leaves was not shown to continue the ${from.size} that were cosigned`;
      this.#noteContradiction(reason);
      return refusal(422, reason);
    }
    this.#contradiction = undefined;
    // What was said once stays said, with its time: the earlier one proves more.
    if (checkpoint.size === latest?.size) return good(latest.line);
    return this.#judge(checkpoint, request.note, request.split.text);
  }

  async #judge(checkpoint: Checkpoint, note: Buffer, text: string): Promise<WitnessAnswer> {
    try {
      await this.#follow(checkpoint.size);
    } catch (error) {
      if (!(error instanceof FeedFailed)) throw error;
      this.#parts.tell({ kind: 'feed-failed', reason: oneLine(error) });
      return refusal(503, oneLine(error));
    }
    const { cosigner, cosigned, books, copy, nowSeconds, tell } = this.#parts;
    this.#findDifference(() => requireEqual(checkpoint, books, cosigned.latest?.size ?? 0));
    if (this.#difference !== undefined) return refusal(422, this.#difference.message);
    const line = cosigner.cosign(text, nowSeconds());
    copy.sync();
    cosigned.keep(checkpoint, note, line);
    tell({
      kind: 'cosigned',
      size: checkpoint.size,
      bets: books.bets,
      isSealed: books.sealedSize !== undefined,
    });
    return good(line);
  }

  /** Takes leaves until there are so many, or a difference is found. @throws FeedFailed */
  async #follow(size: number): Promise<void> {
    const { books, copy, feed } = this.#parts;
    while (this.#difference === undefined && books.size < size) {
      const frames = await feed.leaves(books.size, size - books.size);
      if (frames.length === 0) throw new FeedFailed(`the server gives no leaf ${books.size}`);
      this.#findDifference(() => {
        for (const frame of frames.slice(0, size - books.size)) {
          books.take(frame);
          copy.append(frame);
        }
      });
    }
  }

  /** Keeps what is found before it is answered. @throws StorageFailed */
  #findDifference(work: () => void): void {
    if (this.#difference !== undefined) return;
    try {
      work();
    } catch (error) {
      if (!(error instanceof Difference)) throw error;
      const { kept, log, nowSeconds } = this.#parts;
      const at = new Date(nowSeconds() * 1_000).toISOString();
      this.#refuseFromNow(error);
      kept.keep({ at, log: log.name, reason: oneLine(error) });
    }
  }

  #noteContradiction(reason: string): void {
    if (this.#contradiction === reason) return;
    this.#contradiction = reason;
    this.#parts.tell({ kind: 'contradiction', reason });
  }

  #refuseFromNow(difference: Difference, foundAt?: string): void {
    if (this.#difference !== undefined) return;
    this.#difference = difference;
    const { message: reason } = difference;
    this.#parts.tell({ kind: 'difference', reason, ...(foundAt !== undefined && { foundAt }) });
  }
}

/** @throws StorageFailed unless the books have the root that was cosigned, where they have come so far */
function requireCosigned(books: Books, latest: CosignedCheckpoint | undefined): void {
  if (books.size !== latest?.size || books.root.equals(latest.root)) return;
  throw new StorageFailed(
    `the leaves that were kept are not those that were cosigned: move them away, and the control asks the server again`,
  );
}

/** @throws Difference unless the checkpoint is that of the books, and the seal is looked at alone */
function requireEqual({ size, root }: Checkpoint, books: Books, cosignedSize: number): void {
  if (books.size !== size)
    throw new Difference(`the server shows a tree of ${size} leaves, and has given ${books.size}`);
  if (!books.root.equals(root)) {
    throw differs(`root of ${size} leaves`, root.toString('base64'), books.root.toString('base64'));
  }
  const { sealedSize } = books;
  if (sealedSize !== undefined && sealedSize < size && cosignedSize < sealedSize) {
    throw new Difference(`the result is shown before the seal, leaf ${sealedSize - 1}, was cosigned`);
  }
}

/** Reads the body of `add-checkpoint`. @returns `undefined` for anything else */
function readRequest(body: Buffer): AddCheckpoint | undefined {
  const blank = body.indexOf('\n\n');
  const [oldLine = '', ...lines] = body.toString('latin1', 0, Math.max(blank, 0)).split('\n');
  const old = /^old (0|[1-9]\d{0,15})$/.exec(oldLine)?.[1];
  const note = body.subarray(blank + 2);
  const split = splitNote(note);
  const proof = lines.map(decode);
  if (old === undefined || split === undefined || lines.length > MAX_PROOF_HASHES) return undefined;
  const isProof = (hashes: readonly (Buffer | undefined)[]): hashes is Buffer[] =>
    hashes.every((hash) => hash?.length === HASH_BYTES);
  return isProof(proof) ? { old: Number(old), proof, note, split } : undefined;
}

function good(line: string): WitnessAnswer {
  return { status: 200, type: TEXT_TYPE, body: line };
}

function refusal(status: number, reason: string): WitnessAnswer {
  return { status, type: TEXT_TYPE, body: `${reason}\n` };
}

function sizeRefusal(latest: CosignedCheckpoint | undefined): WitnessAnswer {
  return { status: 409, type: SIZE_TYPE, body: `${latest?.size ?? 0}\n` };
}
