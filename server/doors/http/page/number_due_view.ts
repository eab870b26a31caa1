import { byId, textOf } from './elements';
import type { Board } from './model/board';
import { numberDueTexts } from './model/number_wording';

/** What is left until the round of the beacon that the winning number follows from. */
export class NumberDueView {
  readonly #whole = byId('number-due', HTMLElement);
  readonly #left = textOf('number-due-left');
  readonly #detail = textOf('number-due-detail');

  /** @param sinceMs how long ago the board's figures came */
  update(board: Board | undefined, sinceMs: number): void {
    const texts = board && numberDueTexts(board, sinceMs);
    this.#whole.hidden = texts === undefined;
    if (texts === undefined) return;
    this.#left(texts.left);
    this.#detail(texts.detail);
  }
}
