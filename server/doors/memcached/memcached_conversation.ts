import { ANY_URI, notesUri, STATUS_OF_ERROR } from '../../ledger/audit_line';
import type { NoteCondition, PutNotesAnswer } from '../../ledger/note';
import type { Conversation, ReplyStream } from '../stream/conversation';
import type { ReplySlot } from '../stream/reply_queue';
import type { Command, StoreLine } from './command';
import { NoCommand } from './command_decoder';
import type { MemcachedContext } from './memcached_context';
import { countValue, joinValue, removeAll } from './note_changes';
import { writePath } from './path_commands';
import { Refusal } from '../http/refusals/problem';
import { auditedOperation } from '../http/requests/operation';
import type { HeldCertificate } from '../tls/held_certificate';
import { AnotherParty, CredentialGone, Identification } from './identification';
import type { Peer } from './peer';
import { lineReply, placeOf, refusalOf, refusalReply } from './replies';
import { statistics } from './statistics';
import { NoteTarget, Target, targetOf, uriOf } from './targets';
import { readValues } from './value_reads';

const NOTHING = Buffer.alloc(0);
const STORED = lineReply('STORED');
const NOT_STORED = lineReply('NOT_STORED');
const EXISTS = lineReply('EXISTS');
const NOT_FOUND = lineReply('NOT_FOUND');
const DELETED = lineReply('DELETED');
const OK = lineReply('OK');
const UNAUTHENTICATED = 'CLIENT_ERROR unauthenticated';
const AUTHENTICATION_FAILURE = lineReply('CLIENT_ERROR authentication failure');
/** What an audit log has of a path's batch that was not taken. */
const NOT_TAKEN: ReadonlySet<number> = new Set([STATUS_OF_ERROR['batch-conflict'], STATUS_OF_ERROR.closed]);

const UNAUTHORIZED = 401;
/** What this door refuses by itself, with a line in the audit log. */
const NOTED: ReadonlySet<Refusal['code']> = new Set(['forbidden', 'bad-batch', 'not-found']);

type Store = Extract<Command, { type: 'store' }>;

const CONDITIONS = { set: undefined, add: 'absent', replace: 'present' } as const;

/**
 * One connection's commands. Those that only write are under way together, in their order; while one that reads is, the
 * connection waits, so that a value is in memory for one command of it at most.
 */
export class MemcachedConversation implements Conversation<Command> {
  readonly #stream: ReplyStream;
  readonly #context: MemcachedContext;
  readonly #abandoned = new AbortController();
  readonly #identification: Identification;
  #isBusy = false;

  /** @param certificate what the connection has shown, over TLS */
  constructor(stream: ReplyStream, context: MemcachedContext, certificate?: HeldCertificate) {
    this.#stream = stream;
    this.#context = context;
    this.#identification = new Identification(context, certificate);
  }

  get isBusy(): boolean {
    return this.#isBusy;
  }

  answer(command: Command): void {
    if (command.type === 'passed') return;
    const slot = this.#stream.expect();
    const isQuiet = 'isQuiet' in command ? command.isQuiet : command.type === 'store' && command.line.isQuiet;
    const reply = (bytes: Buffer): void => this.#stream.fulfil(slot, isQuiet ? NOTHING : bytes);
    if (command.type === 'quit') return this.#stream.fulfilLast(slot, NOTHING);
    if (command.type === 'refused') return reply(lineReply(command.reply));
    const { peer } = this.#identification;
    if (peer === undefined) return this.#authenticate(command, slot);
    if (!this.#isGood(peer)) return this.#hangUp(slot);
    void this.#replyTo(command, peer).then((bytes) => {
      if (Buffer.isBuffer(bytes)) reply(bytes);
      else if (bytes instanceof AnotherParty) this.#failAuthentication(slot);
      else this.#hangUp(slot);
    });
  }

  refuseUnreadable(error: unknown): void {
    if (!(error instanceof NoCommand)) throw error;
    this.#stream.fulfilLast(this.#stream.expect(), error.reply === '' ? NOTHING : lineReply(error.reply));
  }

  refuseUnfinished(): void {
    const reply = lineReply('SERVER_ERROR unavailable: too many unfinished values: try again later');
    this.#stream.fulfilLast(this.#stream.expect(), reply);
  }

  abandon(): void {
    this.#abandoned.abort();
    this.#identification.end();
  }

  /** The first `set` says who it is. */
  #authenticate(command: Command, slot: ReplySlot): void {
    const canSay = this.#context.tokens.now !== undefined;
    if (command.type !== 'store' || command.line.verb !== 'set' || !canSay) {
      this.#countUnauthorized();
      return this.#stream.fulfil(slot, this.#unauthenticated());
    }
    if (this.#identification.begin(command.value)) return this.#stream.fulfil(slot, STORED);
    this.#failAuthentication(slot);
  }

  #failAuthentication(slot: ReplySlot): void {
    this.#countUnauthorized();
    this.#stream.fulfilLast(slot, AUTHENTICATION_FAILURE);
  }

  #unauthenticated(): Buffer {
    const { refusal } = this.#identification;
    return lineReply(refusal === undefined ? UNAUTHENTICATED : `${UNAUTHENTICATED}: ${refusal}`);
  }

  #isGood(peer: Peer): boolean {
    return this.#identification.isGood(peer);
  }

  /** Ends the connection of who is not known any more. */
  #hangUp(slot: ReplySlot): void {
    this.#countUnauthorized();
    this.#stream.fulfilLast(slot, this.#unauthenticated());
  }

  /** @returns why, when the peer is not known any more, or is not who it says */
  async #replyTo(command: Command, peer: Peer): Promise<Buffer | CredentialGone | AnotherParty> {
    try {
      const bytes = await this.#carryOut(command, peer);
      // What was read may have had to wait.
      return command.type === 'get' && !this.#isGood(peer) ? new CredentialGone() : bytes;
    } catch (error) {
      if (error instanceof CredentialGone || error instanceof AnotherParty) return error;
      return this.#refuse(error, command, peer);
    }
  }

  /** Of those who are nobody, refusals are only counted (docs/AUDIT.md). */
  #countUnauthorized(): void {
    void this.#context.lottery.note('GET', ANY_URI, UNAUTHORIZED, undefined, 0, 'nobody');
  }

  /** @returns the reply */
  async #carryOut(command: Command, peer: Peer): Promise<Buffer> {
    switch (command.type) {
      case 'get':
        return this.#read(command.keys, command.hasUnique, peer);
      case 'store':
        return this.#store(command, peer);
      case 'delete':
        return this.#delete(command.key, peer);
      case 'count':
        return this.#count(command.key, command.by, peer);
      case 'flush':
        peer.requireWritingFor(peer.owner);
        await this.#alone(() => removeAll(this.#context.lottery.notes, peer.owner));
        return OK;
      case 'verbosity':
        return OK;
      case 'version':
        return lineReply('VERSION 1.0.0');
      case 'stats':
        return statistics(this.#context);
      default:
        throw new RangeError(`no such command: ${command.type}`);
    }
  }

  async #read(keys: readonly string[], hasUnique: boolean, peer: Peer): Promise<Buffer> {
    const targets = keys.map((key) => ({ key, target: targetOf(key, peer.owner) }));
    for (const { target } of targets) peer.requireReading(target);
    const { signal } = this.#abandoned;
    const reader = { signal, hasRoom: () => this.#stream.hasRoomForReplies };
    return this.#alone(() => readValues(this.#context, targets, hasUnique, reader));
  }

  async #store({ line, value }: Store, peer: Peer): Promise<Buffer> {
    if (line.expirySeconds !== 0) return lineReply('CLIENT_ERROR notes do not expire');
    if (this.#identification.again(line, value, peer)) return STORED;
    const target = targetOf(line.key, peer.owner);
    peer.requireWriting(target);
    if (target.kind === 'note') return this.#storeNote(line, target, value, peer);
    if (line.verb !== 'set' && line.verb !== 'add') {
      return lineReply('CLIENT_ERROR what was sold is never changed');
    }
    await writePath(this.#context.lottery, target, value, this.#context.maxValueBytes);
    this.#stream.keepPlace();
    return STORED;
  }

  async #storeNote(
    { verb, flags, unique }: StoreLine,
    target: NoteTarget,
    value: Buffer,
    peer: Peer,
  ): Promise<Buffer> {
    const { owner, name } = target;
    const { lottery, maxValueBytes } = this.#context;
    if (verb === 'append' || verb === 'prepend') {
      const own = Buffer.from(value);
      const outcome = await this.#changing(target, peer, () =>
        joinValue(lottery.notes, target, verb, own, maxValueBytes),
      );
      return outcome === 'missing' ? NOT_STORED : storedReply(outcome);
    }
    const put = (condition: NoteCondition | undefined): Promise<PutNotesAnswer> =>
      lottery.notes.put(owner, [{ name, value, flags }], condition);
    if (verb === 'cas') return this.#alone(() => this.#compareAndStore(target, put(placeOf(unique!))));
    const { outcome } = await put(CONDITIONS[verb]);
    return outcome === 'not-met' ? NOT_STORED : storedReply(outcome);
  }

  /** Why the condition was not met is told of the moment after. */
  async #compareAndStore({ owner, name }: NoteTarget, putting: Promise<PutNotesAnswer>): Promise<Buffer> {
    const { outcome } = await putting;
    if (outcome !== 'not-met') return storedReply(outcome);
    const { lottery, reads } = this.#context;
    const note = await reads.run(this.#abandoned.signal, () => lottery.notes.get(owner, name));
    return note === undefined ? NOT_FOUND : EXISTS;
  }

  async #delete(key: string, peer: Peer): Promise<Buffer> {
    const target = targetOf(key, peer.owner);
    peer.requireWriting(target);
    if (target.kind !== 'note') return lineReply('CLIENT_ERROR bets are never deleted');
    const outcome = await this.#context.lottery.notes.delete(target.owner, target.name);
    return outcome === 'deleted' ? DELETED : NOT_FOUND;
  }

  async #count(key: string, by: bigint, peer: Peer): Promise<Buffer> {
    const target: Target = targetOf(key, peer.owner);
    peer.requireWriting(target);
    if (target.kind !== 'note') return lineReply('CLIENT_ERROR only a note is counted');
    const { lottery, maxValueBytes } = this.#context;
    const counted = await this.#changing(target, peer, () =>
      countValue(lottery.notes, target, by, maxValueBytes),
    );
    switch (counted) {
      case 'missing':
        return NOT_FOUND;
      case 'no-number':
        return lineReply('CLIENT_ERROR cannot increment or decrement non-numeric value');
      case 'full':
        return storedReply('full');
      default:
        return lineReply(String(counted));
    }
  }

  /** Does what reads a note and writes it, when it is its turn: first among those who change it, then among readers. */
  #changing<Result>(target: NoteTarget, peer: Peer, work: () => Promise<Result>): Promise<Result> {
    const { changes, reads } = this.#context;
    const workIfGood = (): Promise<Result> => {
      if (!this.#isGood(peer)) throw new CredentialGone();
      return work();
    };
    return this.#alone(() => changes.run(uriOf(target), () => reads.run(this.#abandoned.signal, workIfGood)));
  }

  /** Reads no further command until this is done. */
  async #alone<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#isBusy = true;
    try {
      return await work();
    } finally {
      this.#isBusy = false;
    }
  }

  /** @returns the reply, once the audit log knows of it */
  async #refuse(error: unknown, command: Command, peer: Peer): Promise<Buffer> {
    const refusal = refusalOf(error);
    const operation = command.type === 'store' ? command.line.verb : command.type;
    this.#context.reportRefusal(refusal, operation);
    const isNoted = NOTED.has(refusal.code) || (refusal.code === 'too-large' && command.type === 'store');
    if (error instanceof Refusal && isNoted) {
      try {
        await this.#note(command, peer, refusal.status);
      } catch (unavailable) {
        return refusalReply(refusalOf(unavailable));
      }
    }
    return command.type === 'store' && NOT_TAKEN.has(refusal.status) ? NOT_STORED : refusalReply(refusal);
  }

  #note(command: Command, peer: Peer, status: number): Promise<void> {
    const { lottery } = this.#context;
    if (command.type === 'flush') return lottery.note('DELETE', notesUri(peer.owner), status);
    const action = command.type === 'get' ? 'GET' : command.type === 'delete' ? 'DELETE' : 'PUT';
    const keys = keysOf(command);
    const refused = keys.find((key) => isRefused(key, peer)) ?? keys[0]!;
    const uri = refused.startsWith('/')
      ? auditedOperation(action, refused)?.uri
      : uriOf(targetOf(refused, peer.owner));
    // What is no resource of the lottery has no line.
    return uri === undefined ? Promise.resolve() : lottery.note(action, uri, status);
  }
}

/** Whether it may not be read, or is nothing. */
function isRefused(key: string, peer: Peer): boolean {
  try {
    return !peer.mayRead(targetOf(key, peer.owner));
  } catch {
    return true;
  }
}

function keysOf(command: Command): readonly string[] {
  if (command.type === 'get') return command.keys;
  if (command.type === 'store') return [command.line.key];
  return 'key' in command ? [command.key] : [];
}

function storedReply(outcome: 'stored' | 'full' | 'too-large' | 'missing'): Buffer {
  if (outcome === 'stored') return STORED;
  if (outcome === 'too-large') return lineReply('SERVER_ERROR object too large for cache');
  return lineReply('SERVER_ERROR out of memory storing object');
}
