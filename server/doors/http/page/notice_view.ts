import { byId, setText } from './elements';
import { Notice, NoticeBody } from './model/notice';

const NOTICE_URL = new URL('../notes/notice', import.meta.url);
/** After this long an answer is given up. */
const TIMEOUT_MS = 10_000;

/** The operator's notice, above the figures: text, whatever is in it. */
export class NoticeView {
  readonly #element = byId('notice', HTMLElement);
  readonly #notice = new Notice(ask, (text) => this.#show(text));

  constructor() {
    document.addEventListener('visibilitychange', () => this.check());
    this.check();
  }

  /** Asks for it when it is time, while the page is seen. To be called at intervals. */
  check(): void {
    if (document.visibilityState !== 'hidden') this.#notice.check(performance.now());
  }

  #show(text: string): void {
    setText(this.#element, text);
    this.#element.hidden = text === '';
  }
}

async function ask(): Promise<NoticeBody> {
  const answer = await fetch(NOTICE_URL, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (answer.ok) return answer.body?.getReader();
  await answer.body?.cancel();
  if (answer.status === 404) return undefined;
  throw new Error(`the notice cannot be told: ${answer.status}`);
}
