import type { Operation } from '../operation';

/**
 * Operations that were postponed, in turns between agencies: one that asks for much delays none but itself. Those about
 * the lottery's own notes, and those that concern many, have a turn together.
 */
export class PostponedReads<Item extends { readonly operation: Operation }> {
  readonly #byAgency = new Map<number, Item[]>();
  #operations = 0;
  #textBytes = 0;

  /** How many wait. */
  get operations(): number {
    return this.#operations;
  }

  /** The bytes of their texts. */
  get textBytes(): number {
    return this.#textBytes;
  }

  /** Adds one behind the others of its agency. */
  add(item: Item): void {
    const agency = agencyOf(item.operation);
    const others = this.#byAgency.get(agency);
    if (others === undefined) this.#byAgency.set(agency, [item]);
    else others.push(item);
    this.#operations++;
    this.#textBytes += textBytesOf(item.operation);
  }

  /** The one whose turn it is, which stays here until {@link take}. */
  get next(): Item | undefined {
    const [first] = this.#byAgency.values();
    return first?.[0];
  }

  /** Takes {@link next}. The others of its agency come behind those of all other agencies. */
  take(): void {
    const [entry] = this.#byAgency;
    if (entry === undefined) return;
    const [agency, items] = entry;
    const item = items.shift()!;
    this.#byAgency.delete(agency);
    if (items.length > 0) this.#byAgency.set(agency, items);
    this.#operations--;
    this.#textBytes -= textBytesOf(item.operation);
  }

  /** Takes all. */
  clear(): Item[] {
    const items = [...this.#byAgency.values()].flat();
    this.#byAgency.clear();
    this.#operations = this.#textBytes = 0;
    return items;
  }
}

/** 0 for what concerns many, or the lottery. */
function agencyOf(operation: Operation): number {
  if (operation.kind === 'place') return operation.batch.agency;
  if ('owner' in operation) return operation.owner;
  return 'agency' in operation ? operation.agency : 0;
}

function textBytesOf(operation: Operation): number {
  return operation.kind === 'place' ? operation.batch.text.length : 0;
}
