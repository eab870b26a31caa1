import { byId, setText } from './elements';
import type { Board } from './model/board';
import { logText } from './model/log_wording';

/** How far the log is that receipts are cut out of: one line under the draw. */
export class LogView {
  readonly #line = byId('log', HTMLElement);

  update(board: Board): void {
    const text = logText(board);
    this.#line.hidden = text === '';
    setText(this.#line, text);
  }
}
