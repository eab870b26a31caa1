import type { Clock } from '../../../../program/clock';
import type { DrawCounts, Telemetry } from '../../../telemetry/telemetry';
import type { FeedChange, FeedDraw, FeedState, Figures } from '../page/model/feed_message';
import { AgencyList, perSecond } from './agency_list';
import { CommitWindow } from './commit_window';
import { History } from './history';
import { HISTORY_SAMPLES, MAX_LISTED_AGENCIES } from './limits';
import { winningBets } from './winning_bets';

/**
 * Samples the telemetry and reports what has changed. Everything it reports is as of the last sample, so that a state
 * and the changes after it fit together.
 */
export class Observer {
  readonly #telemetry: Telemetry;
  readonly #clock: Clock;
  /** The clock's zero, in milliseconds since 1970. Fixed, so that setting the system's time causes no jump. */
  readonly #epochMs: number;
  readonly #commits = new CommitWindow();
  readonly #history = new History(HISTORY_SAMPLES);
  readonly #agencies = new AgencyList();
  readonly #stopListening: () => void;
  #sampledAtMs: number | undefined;
  #totalBets = 0;
  #storedBytes = 0;
  #draw: FeedDraw | undefined;
  #figures: Figures;

  constructor(telemetry: Telemetry, clock: Clock) {
    this.#telemetry = telemetry;
    this.#clock = clock;
    this.#epochMs = Date.now() - clock.nowMs();
    this.#stopListening = telemetry.onCommit((group) => this.#commits.add(group));
    this.#figures = this.observe().figures;
  }

  /** Whether agencies are listed one by one. */
  get hasAgencyList(): boolean {
    return this.#telemetry.terms.agencies <= MAX_LISTED_AGENCIES;
  }

  /** Takes a sample. @returns what has changed since the sample before */
  observe(): FeedChange {
    const nowMs = this.#clock.nowMs();
    const seconds = this.#sampledAtMs === undefined ? 0 : (nowMs - this.#sampledAtMs) / 1_000;
    this.#sampledAtMs = nowMs;
    this.#figures = this.#newFigures(Math.round(this.#epochMs + nowMs), seconds);
    this.#history.add(this.#figures.atMs, this.#figures.totalBets);
    const agencies = this.hasAgencyList ? this.#agencies.update(this.#telemetry.agencies, seconds) : [];
    const change = { figures: this.#figures, agencies };
    const { draw } = this.#telemetry;
    if (draw === undefined || this.#draw !== undefined) return change;
    this.#draw = drawOf(draw, this.hasAgencyList);
    return { ...change, draw: this.#draw };
  }

  /** Everything, as of the last sample. Valid until {@link observe} is called again. */
  state(): FeedState {
    const { terms, startedAtMs } = this.#telemetry;
    return {
      format: 1,
      run: String(startedAtMs),
      startedAtMs,
      agencyCount: terms.agencies,
      hasAgencyList: this.hasAgencyList,
      winnerNumber: terms.winnerNumber,
      history: this.#history.samples,
      figures: this.#figures,
      agencies: this.#agencies.all,
      ...(this.#draw && { draw: this.#draw }),
    };
  }

  /** Stops listening to the telemetry. */
  close(): void {
    this.#stopListening();
  }

  #newFigures(atMs: number, seconds: number): Figures {
    const telemetry = this.#telemetry;
    const { totalBets, storedBytes } = telemetry;
    const figures: Figures = {
      atMs,
      isReady: telemetry.isReady,
      totalBatches: telemetry.totalBatches,
      totalBets,
      finishedAgencies: telemetry.finishedAgencies,
      repeatedBatches: telemetry.repeatedBatches,
      betsPerSecond: perSecond(totalBets - this.#totalBets, seconds),
      bytesPerSecond: perSecond(storedBytes - this.#storedBytes, seconds),
      commits: this.#commits.take(),
      queuedBytes: telemetry.queuedBytes,
      connections: { tcp: telemetry.connections('tcp'), http: telemetry.connections('http') },
      refusals: telemetry.refusals,
    };
    this.#totalBets = totalBets;
    this.#storedBytes = storedBytes;
    return figures;
  }
}

function drawOf(draw: DrawCounts, hasAgencyList: boolean): FeedDraw {
  return {
    isCalledOff: draw.isCalledOff,
    bets: draw.bets,
    missingAgencies: draw.missingAgencies.length,
    winningBets: winningBets(draw),
    winners: hasAgencyList ? [...draw.winners] : [],
  };
}
