import { isDamage } from '../../server/ledger/sqlite/damage';
import { EventEmitter } from 'node:events';

import { oneLine } from '../../program/exit';
import { Draw } from '../../server/ledger/draw';
import { LEDGER_FILE, Store } from '../../server/ledger/sqlite/store';
import { countCommittedFrames } from '../../server/ledger/sqlite/log_durability';
import { RunningWriter } from '../../server/ledger/sqlite/start_writer';
import { SubmissionReceiver } from '../../server/ledger/sqlite/submission_ring';
import { Writer } from '../../server/ledger/sqlite/writer';
import { FromWriter, WriterStart } from '../../server/ledger/sqlite/writer_messages';
import { LifeClock } from './life_clock';
import { DiskImage, isSameLog, SimulatedDisk, tornLog } from './simulated_disk';

/**
 * What befalls the next commit: nothing; it fails before anything is written, or after all is written and cannot be
 * synced; or the server is killed while it is written, or when it is durable and nobody was told.
 */
export type CommitFault = 'none' | 'full' | 'not-synced' | 'killed-within' | 'killed-after';

/** What a {@link SimulatedWriter} needs around it. */
export interface SimulatedWriterContext {
  readonly disk: SimulatedDisk;
  readonly life: LifeClock;
  readonly random: () => number;
  /** How long a commit takes, or a message. */
  readonly delayMs: () => number;
  readonly nextFault: () => CommitFault;
  /** Called when a commit is durable. */
  readonly committed: () => void;
  /** Closes all other connections to the file. */
  readonly release: () => void;
  /** The server is killed, and finds this when it starts again. */
  readonly killed: (image: DiskImage) => void;
}

/** Ends a group whose process is no more. */
class Killed extends Error {}

/** The shipped writer over the shipped store, run in this process a while after something was published for it. */
export class SimulatedWriter extends EventEmitter implements RunningWriter {
  readonly #store: Store;
  readonly #context: SimulatedWriterContext;
  readonly #writer: Writer;
  readonly #published: Int32Array;
  readonly #draws: Draw[] = [];
  #taken = 0;
  #isAtWork = false;
  #isOver = false;
  #fault: CommitFault = 'none';
  #lastMessageMs = 0;
  /** After a commit that was written and not synced: what is in the files, and how much of it counts. */
  #unsynced: { readonly image: DiskImage; readonly committedFrames: number } | undefined;

  constructor(store: Store, start: WriterStart, context: SimulatedWriterContext) {
    super();
    this.#store = store;
    this.#context = context;
    this.#published = new Int32Array(start.memory.control);
    this.#writer = new Writer(store, new SubmissionReceiver(start.memory), {
      send: (message) => this.#send(message),
      draw: () => this.#nextDraw(),
      logMover: { ask: () => false, isBusy: false, wait: () => undefined },
    });
    this.#makeFail();
  }

  postMessage(draw: Draw): void {
    this.#draws.push(draw);
  }

  terminate(): Promise<unknown> {
    this.#isOver = true;
    return Promise.resolve();
  }

  /** Goes to work, a while from now, when something was published. To be called at the end of each turn. */
  look(): void {
    const { life, delayMs } = this.#context;
    if (this.#isAtWork || this.#isOver || life.isOver || this.#published[0] === this.#taken) return;
    this.#isAtWork = true;
    life.after(delayMs(), () => {
      this.#isAtWork = false;
      this.#run();
    });
  }

  /** Closes its file: the process is no more. */
  abandon(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#store.abandon();
  }

  #run(): void {
    this.#fault = this.#context.nextFault();
    try {
      if (this.#writer.run()) return;
    } catch (error) {
      return error instanceof Killed ? undefined : this.#fail(error);
    }
    this.#isOver = true;
    this.#context.release();
    this.#store.close();
    this.#send({ kind: 'closed' });
  }

  /** As the writer's thread does. */
  #fail(error: unknown): void {
    this.#isOver = true;
    this.#context.release();
    let committedFrames = this.#store.abandon();
    if (this.#unsynced !== undefined) {
      this.#context.disk.restore(this.#unsynced.image);
      committedFrames = this.#unsynced.committedFrames;
    }
    this.#send({ kind: 'failed', reason: oneLine(error), isDamaged: isDamage(error), committedFrames });
  }

  /** Messages arrive in their order, a while later. */
  #send(message: FromWriter): void {
    if (message.kind === 'committed') {
      this.#taken = (this.#taken + message.operations) | 0;
      this.#context.committed();
    }
    const { life, delayMs } = this.#context;
    const nowMs = life.nowMs();
    this.#lastMessageMs = Math.max(this.#lastMessageMs, nowMs + delayMs());
    life.after(this.#lastMessageMs - nowMs, () => this.emit('message', message));
  }

  #nextDraw(): Draw {
    const draw = this.#draws.shift();
    if (draw === undefined) throw new Error('there is no draw to record');
    return draw;
  }

  /** Has the store's commit befallen by what is to befall it. */
  #makeFail(): void {
    const commit = this.#store.commit.bind(this.#store);
    const faults: Record<CommitFault, () => void> = {
      none: commit,
      full: () => {
        throw new Error('the disk is full');
      },
      'not-synced': () => this.#commitUnsynced(commit),
      'killed-within': () => this.#dieWithin(commit),
      'killed-after': () => {
        commit();
        this.#die();
      },
    };
    this.#store.commit = () => faults[this.#fault]();
  }

  #commitUnsynced(commit: () => void): void {
    const { disk } = this.#context;
    const before = disk.readLog();
    const committedFrames = countCommittedFrames(`${disk.folder}/${LEDGER_FILE}-shm`);
    commit();
    const isSame = isSameLog(before, disk.readLog());
    this.#unsynced = { image: disk.keep(), committedFrames: isSame ? committedFrames : 0 };
    throw new Error('the disk cannot be synced');
  }

  #dieWithin(commit: () => void): void {
    const { disk, random } = this.#context;
    const before = disk.readLog();
    commit();
    this.#die(tornLog(before, disk.readLog(), random()));
  }

  #die(log?: Buffer): never {
    this.#context.killed(this.#context.disk.keep(log));
    throw new Killed();
  }
}
