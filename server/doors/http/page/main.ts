/** The live page: reads the feed and shows it. */
import { AgenciesView } from './agencies_view';
import { DeadlineView } from './deadline_view';
import { byId, setText, textOf } from './elements';
import { ExpiryView } from './expiry_view';
import { LogView } from './log_view';
import { FeedClient } from './feed_client';
import { FiguresView } from './figures_view';
import { Board } from './model/board';
import type { FeedChange, FeedState } from './model/feed_message';
import { drawTexts, freshnessText, serverText, titleText, warningText } from './model/wording';
import { NoticeView } from './notice_view';
import { NumberDueView } from './number_due_view';
import { PlotsView } from './plots_view';

/** How often the page checks whether the feed is still live. */
const CHECK_INTERVAL_MS = 500;
/** A page that does not understand the server reloads itself, but no more often than this. */
const MIN_RELOAD_PAUSE_MS = 60_000;
const RELOADED_AT = 'reloadedAtMs';

class Page {
  readonly #figures = new FiguresView();
  readonly #plots = new PlotsView();
  readonly #agencies = new AgenciesView();
  readonly #feed = byId('feed', HTMLElement);
  readonly #warning = byId('warning', HTMLElement);
  readonly #server = textOf('server');
  readonly #deadline = new DeadlineView();
  readonly #numberDue = new NumberDueView();
  readonly #notice = new NoticeView();
  readonly #expiry = new ExpiryView();
  readonly #log = new LogView();
  /** For those who have the page read out: nothing else that changes with the numbers is. */
  readonly #announce = textOf('announcement');
  readonly #client = new FeedClient({
    stateCame: (state) => this.#stateCame(state),
    changeCame: (change) => this.#changeCame(change),
    notUnderstood: reloadSometimes,
  });
  #board: Board | undefined;

  constructor() {
    setInterval(() => {
      this.#client.check();
      this.#notice.check();
      this.#showFreshness();
    }, CHECK_INTERVAL_MS);
  }

  #stateCame(state: FeedState): void {
    this.#board = new Board(state);
    this.#agencies.reset(this.#board);
    this.#show(this.#board);
  }

  #changeCame(change: FeedChange): void {
    if (this.#board === undefined) return;
    this.#board.apply(change);
    if (change.draw !== undefined) this.#drawCame(this.#board);
    else
      this.#agencies.update(
        this.#board,
        change.agencies.map(([agency]) => agency),
      );
    this.#show(this.#board);
  }

  #drawCame(board: Board): void {
    this.#agencies.updateAll(board);
    const { outcome, detail } = drawTexts(board);
    this.#announce(`The draw: ${outcome}, ${detail}`);
  }

  #show(board: Board): void {
    this.#figures.update(board);
    this.#plots.update(board.timeline);
    this.#server(serverText(board));
    this.#expiry.update(board);
    this.#log.update(board);
    this.#showFreshness();
  }

  #showFreshness(): void {
    const { freshness, silentMs } = this.#client;
    this.#deadline.update(this.#board, silentMs ?? 0);
    this.#numberDue.update(this.#board, silentMs ?? 0);
    document.body.dataset['feed'] = freshness;
    setText(this.#feed, freshnessText(freshness));
    const warning = warningText(freshness, silentMs);
    setText(this.#warning, warning);
    this.#warning.hidden = warning === '';
    const title = titleText(this.#board, freshness);
    if (document.title !== title) document.title = title;
  }
}

/** Reloads the page: a newer server, with a newer page, may have replaced the one that served it. */
function reloadSometimes(): void {
  const reloadedAtMs = Number(sessionStorage.getItem(RELOADED_AT) ?? 0);
  if (Math.abs(Date.now() - reloadedAtMs) < MIN_RELOAD_PAUSE_MS) return;
  sessionStorage.setItem(RELOADED_AT, String(Date.now()));
  location.reload();
}

new Page();
