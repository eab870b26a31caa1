import type {
  AgencyRow,
  FeedChange,
  FeedDeadline,
  FeedDraw,
  FeedRight,
  FeedServer,
  FeedState,
  Figures,
} from './feed_message';
import { Timeline } from './timeline';

/** How far the lottery is. */
export type Phase = 'not-ready' | 'open' | 'overdue' | 'drawing' | 'delayed' | 'drawn' | 'called-off';

/** How far an agency is, by what is known of it. */
export type AgencyState = 'never-seen' | 'selling' | 'finished' | 'missing';

const NEVER = -1;
/** The rights in the order of their codes, from 1 on. */
const RIGHTS: readonly FeedRight[] = ['certificate', 'token', 'none'];

/** What the page knows: the last `state` of the feed, with all changes since. */
export class Board {
  readonly run: string;
  readonly startedAtMs: number;
  readonly server: FeedServer;
  readonly deadline: FeedDeadline | undefined;
  readonly agencyCount: number;
  readonly hasAgencyList: boolean;
  /** The number that was announced before the sale, if one was; and where it comes from otherwise. */
  readonly #announcedNumber: number | undefined;
  readonly numberFrom: string | undefined;
  readonly timeline: Timeline;
  #figures: Figures;
  #draw: FeedDraw | undefined;
  readonly #rows = new Map<number, AgencyRow>();
  #winners: ReadonlyMap<number, number> = new Map();

  constructor(state: FeedState) {
    this.run = state.run;
    this.startedAtMs = state.startedAtMs;
    this.server = state.server;
    this.deadline = state.deadline;
    this.agencyCount = state.agencyCount;
    this.hasAgencyList = state.hasAgencyList;
    this.#announcedNumber = state.winnerNumber;
    this.numberFrom = state.numberFrom;
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

  /** The number that wins, or has won; `undefined` while it is not known. */
  get winnerNumber(): number | undefined {
    return this.#draw?.winnerNumber ?? this.#announcedNumber;
  }

  get phase(): Phase {
    if (this.#draw !== undefined) return this.#draw.isCalledOff ? 'called-off' : 'drawn';
    const { progress, isReady } = this.#figures;
    switch (progress.phase) {
      case 'closing':
      case 'gated':
      case 'searching':
      case 'recording':
      case 'announcing':
        return 'drawing';
      case 'retrying':
        return 'delayed';
      default:
        if (!isReady) return 'not-ready';
        return progress.isOverdue ? 'overdue' : 'open';
    }
  }

  /** What is known of an agency; zeros for one that has sent nothing. */
  agency(agency: number): AgencyRow {
    return this.#rows.get(agency) ?? [agency, 0, 0, 0, 0, 0, NEVER, 0, NEVER];
  }

  /** How far an agency is. */
  stateOf(agency: number): AgencyState {
    const [, batches, , , finished, connections, heardS] = this.agency(agency);
    if (finished === 1) return 'finished';
    if (this.#draw !== undefined) return 'missing';
    return batches > 0 || connections > 0 || heardS !== NEVER ? 'selling' : 'never-seen';
  }

  /** When an agency was last heard of, in milliseconds since 1970; `undefined` for not since the server's start. */
  heardAtMs(agency: number): number | undefined {
    return this.#atMs(this.agency(agency)[6]);
  }

  /** By what right an agency is connected, or has asked last over HTTP; `undefined` for neither. */
  rightOf(agency: number): FeedRight | undefined {
    return RIGHTS[this.agency(agency)[7] - 1];
  }

  /** Since when an agency is connected, in milliseconds since 1970; `undefined` while it is not. */
  connectedSinceMs(agency: number): number | undefined {
    return this.#atMs(this.agency(agency)[8]);
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

  #atMs(second: number): number | undefined {
    return second === NEVER ? undefined : this.startedAtMs + second * 1_000;
  }

  #take({ figures, agencies, draw }: FeedChange): void {
    this.#figures = figures;
    for (const row of agencies) this.#rows.set(row[0], row);
    if (draw === undefined) return;
    this.#draw = draw;
    this.#winners = new Map(draw.winners);
  }
}
