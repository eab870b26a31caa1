import { byId, make } from './elements';
import type { Board } from './model/board';
import { ExpiryTexts, expiryTexts } from './model/connection_wording';

/** The certificates that expire soon, or have expired: one line for each, above the figures. */
export class ExpiryView {
  readonly #list = byId('expiring', HTMLUListElement);
  #shown = '';

  update(board: Board): void {
    const texts = expiryTexts(board);
    const shown = JSON.stringify(texts);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#list.hidden = texts.length === 0;
    this.#list.replaceChildren(...texts.map(makeLine));
  }
}

function makeLine({ urgency, lead, what }: ExpiryTexts): HTMLElement {
  const line = make('li');
  line.dataset['urgency'] = urgency;
  const when = make('strong');
  when.textContent = lead;
  line.append(when, `: ${what}`);
  return line;
}
