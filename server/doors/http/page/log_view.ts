import { byId, setText } from './elements';
import type { Board } from './model/board';
import { logText, signersText } from './model/log_wording';

/** How far the log is that receipts are cut out of, and who has signed it: two lines under the draw. */
export class LogView {
  readonly #line = byId('log', HTMLElement);
  readonly #signers = byId('log-signers', HTMLElement);

  update(board: Board): void {
    show(this.#line, logText(board));
    show(this.#signers, signersText(board));
  }
}

function show(line: HTMLElement, text: string): void {
  line.hidden = text === '';
  setText(line, text);
}
