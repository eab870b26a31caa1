/** How often the page asks for the notice: each time leaves a line in the audit log. */
const ASK_INTERVAL_MS = 30_000;
const MAX_CHARACTERS = 500;
/** No more of a notice is read: that many characters and one more take no more bytes. */
const MAX_BYTES = 4 * (MAX_CHARACTERS + 1);

/** The body of an answer, chunk by chunk; `undefined` where there is no notice. */
export type NoticeBody = Pick<ReadableStreamDefaultReader<Uint8Array>, 'read' | 'cancel'> | undefined;

/** The operator's notice: when it is asked for, and what is shown of it. */
export class Notice {
  readonly #ask: () => Promise<NoticeBody>;
  readonly #show: (text: string) => void;
  #askedAtMs: number | undefined;
  #isAsking = false;

  /**
   * @param ask asks the server; rejected where it cannot tell: what is shown stays then
   * @param show shows a text; an empty one hides it
   */
  constructor(ask: () => Promise<NoticeBody>, show: (text: string) => void) {
    this.#ask = ask;
    this.#show = show;
  }

  /** Asks for the notice when it is time. To be called while the page is seen, at intervals. */
  check(nowMs: number): void {
    if (this.#isAsking || (this.#askedAtMs !== undefined && nowMs - this.#askedAtMs < ASK_INTERVAL_MS))
      return;
    this.#askedAtMs = nowMs;
    this.#isAsking = true;
    this.#ask()
      .then(readStart)
      .then((bytes) => this.#show(noticeText(bytes)))
      .catch(() => undefined)
      .finally(() => (this.#isAsking = false));
  }
}

/** The text of a notice, as far as it is shown: what is no UTF-8 becomes �, and control characters are left out. */
export function noticeText(bytes: Uint8Array): string {
  const text = new TextDecoder()
    .decode(bytes)
    .replace(/[^\P{Cc}\n\t]/gu, '')
    .trim();
  const characters = Array.from(text);
  if (characters.length <= MAX_CHARACTERS) return text;
  return `${characters.slice(0, MAX_CHARACTERS - 1).join('')}…`;
}

/** Reads the beginning of a body: a notice may be as long as any note. */
async function readStart(body: NoticeBody): Promise<Uint8Array> {
  const start = new Uint8Array(MAX_BYTES);
  let length = 0;
  while (body !== undefined && length < MAX_BYTES) {
    const { done, value } = await body.read();
    if (done) return start.subarray(0, length);
    start.set(value.subarray(0, MAX_BYTES - length), length);
    length += Math.min(value.length, MAX_BYTES - length);
  }
  await body?.cancel();
  return start.subarray(0, length);
}
