/** A sum with a bound. */
export class BoundedSum {
  #sum = 0;

  constructor(readonly maximum: number) {}

  add(amount: number): void {
    this.#sum += amount;
  }

  isOver(): boolean {
    return this.#sum > this.maximum;
  }
}
