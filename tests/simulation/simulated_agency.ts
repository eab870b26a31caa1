import { betOfRow, betRows, MemoryBatches, MemoryFile } from '../../client/testing/memory_batches';
import { Session } from '../../client/session';
import { Connect } from '../../client/transport';
import { SILENT_LOG } from '../../program/log';
import { FakeClock } from '../../program/testing/fake_clock';
import { encodeBet } from '../../protocol/bet';

const MAX_ROWS = 60;
/** Higher than any that an agency sends. */
const LATE_BATCH_ID = 1_000;
const REFUSED_AS_TOO_LATE = /^the server refuses .*: closed: /;

/** An agency's lives, one after another. */
export class SimulatedAgency {
  readonly #file: MemoryFile;
  readonly #clock: FakeClock;
  readonly #random: () => number;
  readonly #connect: Connect;
  readonly #cutsAlike: number | undefined;
  #session: Session | undefined;
  #isGone = false;
  #isRefused = false;
  /** What it was told that it has won. */
  documents: readonly string[] | undefined;
  failure: Error | undefined;

  constructor(
    readonly id: number,
    clock: FakeClock,
    random: () => number,
    connect: Connect,
  ) {
    this.#clock = clock;
    this.#random = random;
    this.#connect = connect;
    this.#file = { agency: id, rows: Math.floor(random() * (MAX_ROWS + 1)) };
    // Some speak as the reference's clients do, who never ask and so must cut their batches alike at each start.
    this.#cutsAlike = random() < 0.2 ? this.#batchSize() : undefined;
  }

  /** Whether it goes on no more: it has its WIN, was refused for good, or has left for ever. */
  get isOver(): boolean {
    return this.documents !== undefined || this.#isRefused || this.#isGone;
  }

  /** Whether the server has told it that it came too late. */
  get isRefused(): boolean {
    return this.#isRefused;
  }

  get bets(): string[] {
    return betRows(this.#file).map((row) => betOfRow(this.id, row));
  }

  start(): void {
    if (this.#isGone) return;
    const session = new Session(
      {
        agency: this.id,
        window: 1 + Math.floor(this.#random() * 8),
        oneMessagePerConnection: this.#cutsAlike !== undefined,
        sendsFin: true,
        giveUpAfterMs: 0,
      },
      {
        source: new MemoryBatches(
          this.#file,
          this.#cutsAlike ?? this.#batchSize(),
          this.#clock,
          this.#random() * 5,
        ),
        connect: this.#connect,
        clock: this.#clock,
        log: SILENT_LOG,
        random: this.#random,
        onStored: () => undefined,
      },
    );
    this.#session = session;
    session.run().then(
      (documents) => (this.documents = documents),
      (error: unknown) => this.#noteFailure(error instanceof Error ? error : new Error(String(error))),
    );
  }

  /** A new life, with batches of another size, while bytes of the old one may still be on their way. */
  killAndRestart(): void {
    this.#session?.stop();
    this.documents = undefined;
    this.#isRefused = false;
    this.#clock.after(this.#random() * 50, () => {
      this.#session?.stop();
      this.start();
    });
  }

  /** It never comes back, however far it has come. */
  leave(): void {
    this.#isGone = true;
    this.#session?.stop();
  }

  /** Sends a batch of a bet that is not in its file, on a connection of its own. */
  sendUnasked(): void {
    const bytes = encodeBet(LATE_BATCH_ID, [betOfRow(this.id, MAX_ROWS + 1)]);
    const transport = this.#connect({
      connected: () => transport.write(bytes),
      received: () => undefined,
      drained: () => undefined,
      lost: () => undefined,
    });
  }

  #noteFailure(error: Error): void {
    if (REFUSED_AS_TOO_LATE.test(error.message)) this.#isRefused = true;
    else this.failure = error;
  }

  #batchSize(): number {
    return 1 + Math.floor(this.#random() * 12);
  }
}
