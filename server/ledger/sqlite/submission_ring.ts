/**
 * Operations on their way from the main thread to the writer, in memory that both share: a ring of slots, one for
 * each operation, and a ring of bytes for the texts of batches and notes. Nothing is allocated or copied again on the way.
 *
 * The main thread puts operations and publishes them; the writer waits for published ones and writes the answer to
 * each into its slot; the main thread reads the answer and releases the slot. One thread on each side.
 */
import * as ascii from '../../../protocol/ascii';
import type { AnswerNumbers } from './answer_codec';
import { END_CODE, SlotNumbers } from './slot_codec';

const { SEMICOLON } = ascii;

/** Operations on their way at most. */
const SLOTS = 16_384;
/** Numbers in a slot: those of the operation (slot_codec.ts), start and length of the text, length of the label. */
const SLOT_NUMBERS = 8;
const TEXT_START = 5;
const TEXT_BYTES = 6;
const LABEL_BYTES = 7;
const ANSWER_NUMBERS = 5;
const NO_TEXT = Buffer.alloc(0);
/** The numbers of the control memory: how many operations were published, modulo 2^32; and 1 once the program stops. */
const PUBLISHED = 0;
const STOPPING = 1;
const CONTROL_NUMBERS = 2;

/** The memory of a submission ring. */
export interface RingMemory {
  readonly control: SharedArrayBuffer;
  readonly slots: SharedArrayBuffer;
  readonly texts: SharedArrayBuffer;
}

/** A part of the texts' memory. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

/** @param textBytes how many bytes of texts can be on their way */
export function newRingMemory(textBytes: number): RingMemory {
  return {
    control: new SharedArrayBuffer(CONTROL_NUMBERS * Int32Array.BYTES_PER_ELEMENT),
    slots: new SharedArrayBuffer(SLOTS * SLOT_NUMBERS * Float64Array.BYTES_PER_ELEMENT),
    texts: new SharedArrayBuffer(textBytes),
  };
}

/** The main thread's side. */
export class SubmissionSender {
  readonly #control: Int32Array;
  readonly #slots: Float64Array;
  readonly #texts: Buffer;
  /** Operations that were put, published and released, modulo 2^32. */
  #put = 0;
  #published = 0;
  #released = 0;
  /** The texts on their way lie from `#tail` to `#head`, around the end where the head is the lower one. */
  #head = 0;
  #tail = 0;
  #textBytes = 0;

  constructor(memory: RingMemory) {
    this.#control = new Int32Array(memory.control);
    this.#slots = new Float64Array(memory.slots);
    this.#texts = Buffer.from(memory.texts);
  }

  /** How many operations were put and not released. */
  get operations(): number {
    return (this.#put - this.#released) >>> 0;
  }

  /** The bytes of the texts and labels of those operations. */
  get textBytes(): number {
    return this.#textBytes;
  }

  /**
   * Puts an operation at the end, and copies its text and its label.
   *
   * @param label a short text beside it, in ASCII
   * @returns false when there is no room for it now
   */
  put(numbers: SlotNumbers, text: Buffer = NO_TEXT, label = ''): boolean {
    // The last slot is for the end: there is always room for it.
    if (this.operations >= (numbers[0] === END_CODE ? SLOTS : SLOTS - 1)) return false;
    let start = 0;
    const bytes = text.length + label.length;
    if (bytes > 0) {
      start = this.#placeFor(bytes + 1);
      if (start < 0) return false;
      text.copy(this.#texts, start);
      const end = start + text.length;
      // Texts that lie side by side can be stored as one.
      this.#texts[end] = SEMICOLON;
      if (label !== '') this.#texts.write(label, end + 1, 'latin1');
      this.#head = start + bytes + 1;
      this.#textBytes += bytes;
    }
    const slots = this.#slots;
    let index = (this.#put & (SLOTS - 1)) * SLOT_NUMBERS;
    slots[index++] = numbers[0];
    slots[index++] = numbers[1];
    slots[index++] = numbers[2];
    slots[index++] = numbers[3];
    slots[index++] = numbers[4];
    slots[index++] = start;
    slots[index++] = text.length;
    slots[index] = label.length;
    this.#put = (this.#put + 1) | 0;
    return true;
  }

  /** Lets the writer see what was put. */
  publish(): void {
    if (this.#published === this.#put) return;
    this.#published = this.#put;
    Atomics.store(this.#control, PUBLISHED, this.#put);
    Atomics.notify(this.#control, PUBLISHED);
  }

  /** The answer to the oldest operation. */
  get answer(): AnswerNumbers {
    const slots = this.#slots;
    const index = (this.#released & (SLOTS - 1)) * SLOT_NUMBERS;
    return [slots[index]!, slots[index + 1]!, slots[index + 2]!, slots[index + 3]!, slots[index + 4]!];
  }

  /** A copy of the text of the oldest operation. */
  copyText(): Buffer {
    const index = (this.#released & (SLOTS - 1)) * SLOT_NUMBERS;
    const start = this.#slots[index + TEXT_START]!;
    return Buffer.from(this.#texts.subarray(start, start + this.#slots[index + TEXT_BYTES]!));
  }

  /** Tells a writer that waits for the storage to wait no longer. */
  stop(): void {
    Atomics.store(this.#control, STOPPING, 1);
    Atomics.notify(this.#control, STOPPING);
  }

  /** Takes the answer to the oldest operation, and its place back. */
  release(): AnswerNumbers {
    const { answer } = this;
    const slots = this.#slots;
    const index = (this.#released & (SLOTS - 1)) * SLOT_NUMBERS;
    const bytes = slots[index + TEXT_BYTES]! + slots[index + LABEL_BYTES]!;
    if (bytes > 0) this.#tail = slots[index + TEXT_START]! + bytes + 1;
    this.#textBytes -= bytes;
    this.#released = (this.#released + 1) | 0;
    return answer;
  }

  /** Forgets everything. No writer may be at work. */
  reset(): void {
    this.#put = this.#published = this.#released = 0;
    this.#head = this.#tail = this.#textBytes = 0;
    Atomics.store(this.#control, PUBLISHED, 0);
  }

  /** Where so many bytes can lie side by side, or -1. */
  #placeFor(bytes: number): number {
    // From the beginning when nothing is on its way: memory that was used before is near.
    if (this.#textBytes === 0) this.#head = this.#tail = 0;
    if (this.#head < this.#tail) return this.#head + bytes < this.#tail ? this.#head : -1;
    if (this.#head + bytes <= this.#texts.length) return this.#head;
    return bytes < this.#tail ? 0 : -1;
  }
}

/** The writer's side. */
export class SubmissionReceiver {
  readonly #control: Int32Array;
  readonly #slots: Float64Array;
  readonly #texts: Buffer;
  #taken = 0;

  constructor(memory: RingMemory) {
    this.#control = new Int32Array(memory.control);
    this.#slots = new Float64Array(memory.slots);
    this.#texts = Buffer.from(memory.texts);
  }

  /**
   * Waits until an operation is published, blocking the thread.
   *
   * @returns how many are
   */
  wait(): number {
    for (;;) {
      const published = Atomics.load(this.#control, PUBLISHED);
      if (published !== this.#taken) return (published - this.#taken) >>> 0;
      Atomics.wait(this.#control, PUBLISHED, published);
    }
  }

  /** Waits a while. @returns whether the program stops */
  pause(timeoutMs: number): boolean {
    Atomics.wait(this.#control, STOPPING, 0, timeoutMs);
    return Atomics.load(this.#control, STOPPING) === 1;
  }

  /** The code of an operation's kind. @param index 0 for the first that was not taken */
  code(index: number): number {
    return this.#slots[this.#slot(index)]!;
  }

  /** The numbers of an operation. */
  numbers(index: number): SlotNumbers {
    const slots = this.#slots;
    const slot = this.#slot(index);
    return [slots[slot]!, slots[slot + 1]!, slots[slot + 2]!, slots[slot + 3]!, slots[slot + 4]!];
  }

  /** Where the text of an operation lies; an empty place where it has none. */
  place(index: number): Place {
    const slot = this.#slot(index);
    const start = this.#slots[slot + TEXT_START]!;
    return { start, end: start + this.#slots[slot + TEXT_BYTES]! };
  }

  /** The texts from `start` to `end`, where they lie. */
  texts({ start, end }: Place): Buffer {
    return this.#texts.subarray(start, end);
  }

  /** The label of an operation; empty where it has none. */
  label(index: number): string {
    const slot = this.#slot(index);
    const bytes = this.#slots[slot + LABEL_BYTES]!;
    if (bytes === 0) return '';
    const start = this.#slots[slot + TEXT_START]! + this.#slots[slot + TEXT_BYTES]! + 1;
    return this.#texts.toString('latin1', start, start + bytes);
  }

  /** The length of an operation's label. */
  labelBytes(index: number): number {
    return this.#slots[this.#slot(index) + LABEL_BYTES]!;
  }

  /** Writes the answer to an operation over it. */
  answer(index: number, answer: AnswerNumbers): void {
    const slot = this.#slot(index);
    for (let number = 0; number < ANSWER_NUMBERS; number++) this.#slots[slot + number] = answer[number]!;
  }

  /** Takes the first operations: they are answered. The main thread must be told. */
  take(operations: number): void {
    this.#taken = (this.#taken + operations) | 0;
  }

  #slot(index: number): number {
    return ((this.#taken + index) & (SLOTS - 1)) * SLOT_NUMBERS;
  }
}
