import type { Operation } from './operation';

/**
 * Operations that wait for their line, by the places that their line may have.
 *
 * An operation may stand before every other that was not answered when it was sent. Among those that may, a line goes
 * to the one that was answered first; one without an answer, which need not have a line at all, comes last. Whoever
 * else had taken it could be exchanged with that one, since those of one place are alike in what they do and in their
 * answer. So this finds an order if there is one.
 */
export class WaitingOperations {
  readonly #places = new Map<string, Place>();
  readonly #answeredByEnd: readonly Operation[];
  readonly #taken = new Set<Operation>();
  #firstUntaken = 0;

  /**
   * @param placeOf the place of an operation; `undefined` for one that must have no line
   * @param mayLackLine whether it may have been answered without a line of its own
   */
  constructor(
    operations: readonly Operation[],
    placeOf: (operation: Operation) => string | undefined,
    mayLackLine: (operation: Operation) => boolean = () => false,
  ) {
    const answered: Operation[] = [];
    for (const operation of operations) {
      const name = placeOf(operation);
      if (name === undefined) continue;
      this.#place(name).add(operation);
      if (operation.answer !== undefined && !mayLackLine(operation)) answered.push(operation);
    }
    this.#answeredByEnd = answered.sort((one, other) => one.endMs - other.endMs);
    for (const place of this.#places.values()) place.close();
  }

  /** An answered operation that has no line; `undefined` when all have theirs. */
  get unexplained(): Operation | undefined {
    while (this.#taken.has(this.#answeredByEnd[this.#firstUntaken]!)) this.#firstUntaken++;
    return this.#answeredByEnd[this.#firstUntaken];
  }

  /** Whether the line of an operation has come. */
  isTaken(operation: Operation): boolean {
    return this.#taken.has(operation);
  }

  /** Takes the operation that the next line is of: from the first of the places that has one. */
  take(names: readonly string[]): Operation | undefined {
    // Whoever was sent behind this answer must stand behind its operation.
    const boundMs = this.unexplained?.endMs ?? Infinity;
    for (const name of names) {
      const operation = this.#places.get(name)?.take(boundMs);
      if (operation === undefined) continue;
      this.#taken.add(operation);
      return operation;
    }
    return undefined;
  }

  /** Whether one waits in these places. */
  has(names: readonly string[]): boolean {
    return names.some((name) => this.#places.get(name)?.isEmpty === false);
  }

  #place(name: string): Place {
    const known = this.#places.get(name);
    if (known !== undefined) return known;
    const place = new Place();
    this.#places.set(name, place);
    return place;
  }
}

/** The operations of one place. */
class Place {
  readonly #byStart: Operation[] = [];
  #next = 0;
  /** Those that may stand here: a heap, the one that was answered first on top, those without an answer below. */
  readonly #ready: Operation[] = [];

  get isEmpty(): boolean {
    return this.#ready.length === 0 && this.#next >= this.#byStart.length;
  }

  add(operation: Operation): void {
    this.#byStart.push(operation);
  }

  /** All are added. */
  close(): void {
    this.#byStart.sort((one, other) => one.startMs - other.startMs);
  }

  /** @param boundMs those that were sent later may not come yet */
  take(boundMs: number): Operation | undefined {
    for (let next = this.#byStart[this.#next]; next !== undefined; next = this.#byStart[this.#next]) {
      if (next.startMs > boundMs) break;
      this.#next++;
      push(this.#ready, next);
    }
    return pop(this.#ready);
  }
}

function comesBefore(one: Operation, other: Operation): boolean {
  return one.endMs < other.endMs;
}

function push(heap: Operation[], operation: Operation): void {
  let index = heap.push(operation) - 1;
  while (index > 0) {
    const parent = (index - 1) >> 1;
    if (!comesBefore(operation, heap[parent]!)) break;
    heap[index] = heap[parent]!;
    index = parent;
  }
  heap[index] = operation;
}

function pop(heap: Operation[]): Operation | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return first;
  let index = 0;
  for (;;) {
    let child = 2 * index + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && comesBefore(heap[child + 1]!, heap[child]!)) child++;
    if (!comesBefore(heap[child]!, last)) break;
    heap[index] = heap[child]!;
    index = child;
  }
  heap[index] = last;
  return first;
}
