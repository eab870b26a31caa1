import type { AgencyRow, FeedChange, FeedDraw, FeedState, Figures } from './feed_message';
import { Timeline } from './timeline';

/** How far the lottery is. */
export type Phase = 'not-ready' | 'open' | 'drawing' | 'drawn' | 'called-off';

/** What the page knows: the last `state` of the feed, with all changes since. */
export class Board {
  readonly run: string;
  readonly startedAtMs: number;
  readonly agencyCount: number;
  readonly hasAgencyList: boolean;
  readonly winnerNumber: number;
  readonly timeline: Timeline;
  #figures: Figures;
  #draw: FeedDraw | undefined;
  readonly #rows = new Map<number, AgencyRow>();
  #winners: ReadonlyMap<number, number> = new Map();

  constructor(state: FeedState) {
    this.run = state.run;
    this.startedAtMs = state.startedAtMs;
    this.agencyCount = state.agencyCount;
    this.hasAgencyList = state.hasAgencyList;
    this.winnerNumber = state.winnerNumber;
    this.timeline = new Timeline(state.history);
    this.#figures = state.figures;
    this.#take(state);
  }

  get figures(): Figures {
    return this.#figures;
  }

  get draw(): FeedDraw | undefined {
    return this.#draw;
  }

  get phase(): Phase {
    if (this.#draw !== undefined) return this.#draw.isCalledOff ? 'called-off' : 'drawn';
    if (this.#figures.finishedAgencies >= this.agencyCount) return 'drawing';
    return this.#figures.isReady ? 'open' : 'not-ready';
  }

  /** What is known of an agency; zeros for one that has sent nothing. */
  agency(agency: number): AgencyRow {
    return this.#rows.get(agency) ?? [agency, 0, 0, 0, 0];
  }

  /** How many winning bets an agency has; `undefined` before the draw, and if it was called off. */
  winnersOf(agency: number): number | undefined {
    if (this.#draw === undefined || this.#draw.isCalledOff) return undefined;
    return this.#winners.get(agency) ?? 0;
  }

  /** Applies an event `change`. */
  apply(change: FeedChange): void {
    this.#take(change);
    this.timeline.add(change.figures.atMs, change.figures.totalBets);
  }

  #take({ figures, agencies, draw }: FeedChange): void {
    this.#figures = figures;
    for (const row of agencies) this.#rows.set(row[0], row);
    if (draw === undefined) return;
    this.#draw = draw;
    this.#winners = new Map(draw.winners);
  }
}
