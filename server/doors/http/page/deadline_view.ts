import { byId, textOf } from './elements';
import type { Board } from './model/board';
import { deadlineTexts } from './model/wording';

/** The deadline, with what is left of the time until then. */
export class DeadlineView {
  readonly #whole = byId('deadline', HTMLElement);
  readonly #left = textOf('deadline-left');
  readonly #detail = textOf('deadline-detail');

  /** @param sinceMs how long ago the board's figures came */
  update(board: Board | undefined, sinceMs: number): void {
    const texts = board && deadlineTexts(board, sinceMs);
    this.#whole.hidden = texts === undefined;
    if (texts === undefined) return;
    this.#left(texts.left);
    this.#detail(texts.detail);
    this.#whole.dataset['warns'] = String(texts.isWarning);
  }
}
