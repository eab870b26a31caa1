/** Every message that was sent, what was answered, and when by the clock of the test. */
import { RawClient } from '../../support/raw_client';
import { agencyLine, batchOfText } from '../../support/wire';

/** What a message was. */
export type Message =
  | { readonly kind: 'BET'; readonly agency: number; readonly batchId: number; readonly text: string }
  | { readonly kind: 'FIN'; readonly agency: number }
  | { readonly kind: 'ASK'; readonly agency: number };

/** A message and its answer. */
export interface Call {
  readonly message: Message;
  /** Calls of one connection take effect in the order in which they were sent. */
  readonly connection: number;
  readonly startMs: number;
  /** When the answer was there; without one, when it was certain that none can come. */
  endMs: number;
  /** The whole reply. Without one the call may have had its effect or not. */
  reply: string | undefined;
}

/** A connection that writes down what goes over it. */
export class RecordedConnection {
  static #count = 0;
  readonly #client: RawClient;
  readonly #calls: Call[];
  readonly #connection = ++RecordedConnection.#count;
  /** In the order of their answers, but for the WINs. */
  readonly #open: Call[] = [];
  readonly #openFins: Call[] = [];
  readonly #reading: Promise<void>;
  #wake: () => void = () => undefined;
  #isOver = false;

  static async open(port: number, calls: Call[]): Promise<RecordedConnection> {
    return new RecordedConnection(await RawClient.open(port), calls);
  }

  private constructor(client: RawClient, calls: Call[]) {
    this.#client = client;
    this.#calls = calls;
    this.#reading = this.#read();
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Messages that are not answered, WINs not counted. */
  get unanswered(): number {
    return this.#open.filter(({ message }) => message.kind !== 'FIN').length;
  }

  send(message: Message): void {
    const call: Call = {
      message,
      connection: this.#connection,
      startMs: performance.now(),
      endMs: Infinity,
      reply: undefined,
    };
    this.#calls.push(call);
    this.#open.push(call);
    if (message.kind === 'FIN') this.#openFins.push(call);
    this.#client.write(bytesOf(message));
  }

  /** Waits until fewer are unanswered, or the connection is over. */
  async untilFewerThan(count: number): Promise<void> {
    while (!this.#isOver && this.unanswered >= count)
      await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  /** Waits until every FIN has its WIN. */
  async untilAllWins(): Promise<void> {
    while (!this.#isOver && this.#openFins.length > 0)
      await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  /** Closes it and writes down that what is open stays without an answer. */
  async close(): Promise<void> {
    this.#client.close();
    await this.#reading;
  }

  async #read(): Promise<void> {
    for (;;) {
      const reply = await this.#client.readReply();
      const nowMs = performance.now();
      if (reply.length < 12) break;
      this.#take(reply, nowMs);
      this.#wake();
    }
    const nowMs = performance.now();
    for (const call of this.#calls) {
      if (call.connection === this.#connection && call.reply === undefined) call.endMs = nowMs;
    }
    this.#isOver = true;
    this.#wake();
  }

  /** A reply belongs to the first message without one; a WIN to the first FIN. */
  #take(reply: string, nowMs: number): void {
    const call = reply.startsWith('WIN,')
      ? this.#openFins.shift()
      : this.#open.find(({ message }) => message.kind !== 'FIN');
    if (call === undefined) throw new Error(`a reply to nothing: ${reply}`);
    call.reply = reply;
    call.endMs = nowMs;
    this.#open.splice(this.#open.indexOf(call), 1);
  }
}

function bytesOf(message: Message): Buffer | string {
  if (message.kind !== 'BET') return agencyLine(message.kind, message.agency);
  return batchOfText(message.batchId, message.text);
}
