import { byId, make, setText } from './elements';
import type { Board } from './model/board';
import { formatCount, formatShort } from './model/format';
import { niceCeiling } from './model/scale';
import { connectionText, sinceText } from './model/connection_wording';
import { agenciesText, agencyText, heardText, stateText } from './model/wording';

/** With more agencies than this, they are shown side by side, in cells. */
const MAX_ROWS = 40;

interface Row {
  readonly element: HTMLElement;
  readonly bar: HTMLElement;
  readonly bets: HTMLElement;
  readonly rate: HTMLElement;
  readonly batches: HTMLElement;
  readonly winners: HTMLElement;
  readonly connected: HTMLElement;
  readonly connection: HTMLElement;
  readonly heard: HTMLElement;
  readonly state: HTMLElement;
}

/** The agencies, in the order of their ids. A row is updated only when its agency has changed. */
export class AgenciesView {
  readonly #table = byId('agency-table', HTMLTableElement);
  readonly #body = byId('agency-rows', HTMLTableSectionElement);
  readonly #tooMany = byId('too-many', HTMLElement);
  readonly #summary = byId('agencies-summary', HTMLElement);
  #rows: Row[] = [];
  #isDense = false;
  #barEnd = 1;

  /** Shows all agencies of a lottery. */
  reset(board: Board): void {
    this.#table.hidden = !board.hasAgencyList;
    this.#tooMany.hidden = board.hasAgencyList;
    this.#summary.hidden = !board.hasAgencyList;
    const count = board.hasAgencyList ? board.agencyCount : 0;
    setText(
      this.#tooMany,
      `There are ${formatCount(board.agencyCount)} of them: too many to be listed here, so the page has their sums.`,
    );
    this.#isDense = count > MAX_ROWS;
    this.#table.classList.toggle('dense', this.#isDense);
    if (this.#rows.length !== count) {
      this.#rows = Array.from({ length: count }, (_, index) => makeRow(index + 1));
      this.#body.replaceChildren(...this.#rows.map(({ element }) => element));
    }
    this.#barEnd = 1;
    this.updateAll(board);
  }

  /** Updates every agency: after the draw, for example, all of them have changed. */
  updateAll(board: Board): void {
    this.#table.classList.toggle('has-draw', board.phase === 'drawn');
    this.update(
      board,
      Array.from(this.#rows.keys(), (index) => index + 1),
    );
  }

  /** Updates these agencies. */
  update(board: Board, agencies: Iterable<number>): void {
    let most = 0;
    for (const agency of agencies) {
      const row = this.#rows[agency - 1];
      if (row === undefined) continue;
      showAgency(row, board, agency, this.#isDense ? formatShort : formatCount);
      most = Math.max(most, board.agency(agency)[2]);
    }
    if (board.hasAgencyList) setText(this.#summary, agenciesText(board));
    const barEnd = niceCeiling(most);
    if (barEnd <= this.#barEnd) return;
    this.#barEnd = barEnd;
    // Bars are scaled to a round number above the longest, so that mostly each changes only with its own agency.
    this.#body.style.setProperty('--bar-end', String(barEnd));
  }
}

function showAgency(row: Row, board: Board, agency: number, format: (count: number) => string): void {
  const [, batches, bets, rate] = board.agency(agency);
  const winners = board.winnersOf(agency);
  const state = board.stateOf(agency);
  setText(row.bets, format(bets));
  setText(row.rate, rate === 0 ? '' : format(rate));
  setText(row.batches, formatCount(batches));
  setText(row.winners, winners === undefined ? '' : format(winners));
  setText(row.connection, connectionText(board, agency));
  setText(row.heard, heardText(board, agency));
  setText(row.state, stateText(state));
  // Where agencies stand side by side there is room for numbers only.
  const more = agencyText(board, agency);
  if (row.element.title !== more) row.element.title = more;
  row.bar.style.setProperty('--bets', String(bets));
  setData(row.element, 'state', state);
  setData(
    row.element,
    'right',
    board.connectedSinceMs(agency) === undefined ? '' : (board.rightOf(agency) ?? ''),
  );
  setData(row.connected, 'since', sinceText(board, agency));
  row.element.classList.toggle('has-winners', winners !== undefined && winners > 0);
}

/** Sets an attribute `data-…` if it is a different one. */
function setData(element: HTMLElement, name: string, value: string): void {
  if (element.dataset[name] !== value) element.dataset[name] = value;
}

function makeRow(agency: number): Row {
  const element = make('tr');
  // When rows are laid out as cells side by side, browsers no longer treat them as rows.
  element.setAttribute('role', 'row');
  const name = make('th');
  name.scope = 'row';
  name.setAttribute('role', 'rowheader');
  name.textContent = String(agency);
  const barCell = make('td', 'bar');
  barCell.setAttribute('aria-hidden', 'true');
  const bar = make('span');
  barCell.append(bar);
  const connected = makeCell('connected');
  const connection = make('span');
  connected.append(connection);
  const row = {
    element,
    bar,
    bets: makeCell('number bets'),
    rate: makeCell('number rate'),
    batches: makeCell('number batches'),
    winners: makeCell('number winners'),
    connected,
    connection,
    heard: makeCell('heard'),
    state: makeCell('state'),
  };
  const { bets, rate, batches, winners, heard, state } = row;
  element.append(name, barCell, bets, rate, batches, winners, connected, heard, state);
  return row;
}

function makeCell(classes: string): HTMLElement {
  const cell = make('td', classes);
  cell.setAttribute('role', 'cell');
  return cell;
}
