import type { Writable } from 'node:stream';

/** How long a program that is asked to stop waits for its output to be read. */
const FLUSH_TIMEOUT_MS = 300;

/** Where the lines go: never more than one text waits to be read. */
export class LineOutput {
  readonly #stream: Writable;
  readonly #stop: AbortSignal;
  #isClosed = false;
  #wake: () => void = () => undefined;

  /** @param stop aborted when nothing more is to be written */
  constructor(stream: Writable, stop: AbortSignal) {
    this.#stream = stream;
    this.#stop = stop;
    // A reader that has enough (`| head`) closes its end.
    for (const event of ['error', 'close'] as const) {
      stream.on(event, () => {
        this.#isClosed = true;
        this.#wake();
      });
    }
    stream.on('drain', () => this.#wake());
    stop.addEventListener('abort', () => this.#wake());
  }

  /** Whether the output is over: the reader has closed it, or the program is to stop. */
  get isOver(): boolean {
    return this.#isClosed || this.#stop.aborted;
  }

  /** Writes a text, or bytes, and waits until there is room for more. @returns false when the output is over */
  async write(text: string | Uint8Array): Promise<boolean> {
    if (!this.isOver && !this.#stream.write(text)) await this.#waken();
    return !this.isOver;
  }

  /** Waits for that long. @returns false, maybe earlier, when the output is over */
  async pause(durationMs: number): Promise<boolean> {
    if (this.isOver) return false;
    const timer = setTimeout(() => this.#wake(), durationMs);
    await this.#waken();
    clearTimeout(timer);
    return !this.isOver;
  }

  /** Waits until everything is read; only for a moment when the program is to stop. */
  async flush(): Promise<void> {
    if (this.#isClosed) return;
    const isTaken = new Promise<void>((resolve) => {
      this.#stream.write('', () => resolve());
    });
    if (!this.#stop.aborted) await Promise.race([isTaken, this.#waken()]);
    if (!this.#stop.aborted) return;
    let timer: NodeJS.Timeout | undefined;
    const isLate = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, FLUSH_TIMEOUT_MS);
    });
    await Promise.race([isTaken, isLate]);
    clearTimeout(timer);
  }

  #waken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
