import { byId, make, setText, textOf } from './elements';
import type { Board } from './model/board';
import { overseersText } from './model/connection_wording';
import type { CommitFigures, RefusalCount } from './model/feed_message';
import { formatCount, formatMany, formatMilliseconds, formatPrecise } from './model/format';
import { Tile, tilesOf } from './model/tiles';
import { drawTexts, phaseText, reasonText, winnerNumberText } from './model/wording';

const IDLE = '–';

/** The figures: all that is neither a plot nor an agency. */
export class FiguresView {
  readonly #phase = byId('phase', HTMLElement);
  readonly #progress = byId('draw-progress', HTMLElement);
  readonly #texts = {
    totalBets: textOf('total-bets'),
    finished: textOf('finished'),
    agencyCount: textOf('agency-count'),
    drawOutcome: textOf('draw-outcome'),
    drawDetail: textOf('draw-detail'),
    winnerNumber: textOf('winner-number'),
    tcp: textOf('connections-tcp'),
    http: textOf('connections-http'),
    overseers: textOf('overseers'),
  };
  readonly #rate = tileOf('rate');
  readonly #commit = tileOf('commit');
  readonly #queue = tileOf('queue');
  readonly #commits = new CommitsView();
  readonly #refusals = new RefusalsView();

  update(board: Board): void {
    const { figures, agencyCount } = board;
    const texts = this.#texts;
    setText(this.#phase, phaseText(board.phase));
    this.#phase.dataset['phase'] = board.phase;
    texts.totalBets(formatCount(figures.totalBets));
    const tiles = tilesOf(board);
    this.#rate(tiles.rate);
    this.#commit(tiles.commit);
    this.#queue(tiles.queue);
    texts.finished(formatCount(figures.finishedAgencies));
    texts.agencyCount(`of ${formatCount(agencyCount)}`);
    texts.tcp(formatCount(figures.connections.tcp));
    texts.http(formatCount(figures.connections.http));
    texts.overseers(overseersText(board));
    const { outcome, detail } = drawTexts(board);
    texts.drawOutcome(outcome);
    texts.drawDetail(detail);
    texts.winnerNumber(winnerNumberText(board));
    this.#progress.style.transform = `scaleX(${figures.finishedAgencies / agencyCount})`;
    this.#commits.update(figures.commits);
    this.#refusals.update(figures.refusals, figures.repeatedBatches);
  }
}

/** Shows a large figure in the elements of this name. */
function tileOf(id: string): (tile: Tile) => void {
  const [name, value, detail] = [textOf(`${id}-name`), textOf(`${id}-value`), textOf(`${id}-detail`)];
  return (tile) => {
    name(tile.name);
    value(tile.value);
    detail(tile.detail);
  };
}

/** How the storage is doing. */
class CommitsView {
  readonly #texts = {
    commits: textOf('commits'),
    operations: textOf('operations'),
    p50: textOf('p50'),
    p99: textOf('p99'),
    longest: textOf('longest'),
  };

  update({ count, operations, p50Ms, p99Ms, maxMs }: CommitFigures): void {
    const texts = this.#texts;
    const time = (milliseconds: number): string => (count === 0 ? IDLE : formatMilliseconds(milliseconds));
    texts.commits(formatCount(count));
    texts.operations(count === 0 ? IDLE : formatPrecise(operations / count));
    texts.p50(time(p50Ms));
    texts.p99(time(p99Ms));
    texts.longest(time(maxMs));
  }
}

/** What was refused, and why: one row per door and code. */
class RefusalsView {
  readonly #table = byId('refusals', HTMLTableElement);
  readonly #body = byId('refusal-rows', HTMLTableSectionElement);
  readonly #nothing = byId('no-refusals', HTMLElement);
  readonly #repeated = textOf('repeated');
  readonly #counts = new Map<string, HTMLElement>();

  update(refusals: readonly RefusalCount[], repeatedBatches: number): void {
    // After a restart of the server the counts start again at zero.
    if (refusals.length < this.#counts.size) this.#clear();
    for (const refusal of refusals) {
      const key = `${refusal.door} ${refusal.code}`;
      const cell = this.#counts.get(key) ?? this.#addRow(key, refusal);
      setText(cell, formatCount(refusal.count));
    }
    this.#table.hidden = refusals.length === 0;
    this.#nothing.hidden = refusals.length > 0;
    const repeated = formatMany(repeatedBatches, 'batch', 'batches');
    this.#repeated(repeatedBatches === 0 ? '' : `${repeated} came again, and counted once.`);
  }

  #addRow(key: string, { door, code }: RefusalCount): HTMLElement {
    const row = make('tr');
    const reason = make('th', 'reason');
    reason.scope = 'row';
    const name = make('code');
    name.textContent = code;
    const explanation = make('span', 'detail');
    explanation.textContent = reasonText(code);
    reason.append(name, ' ', explanation);
    const where = make('td', 'detail');
    where.textContent = door.toUpperCase();
    const count = make('td', 'number');
    row.append(reason, where, count);
    this.#body.append(row);
    this.#counts.set(key, count);
    return count;
  }

  #clear(): void {
    this.#counts.clear();
    this.#body.replaceChildren();
  }
}
