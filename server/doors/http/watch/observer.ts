import type { Clock } from '../../../../program/clock';
import { NUMBER_GATE } from '../../../lottery/draw_number';
import type { DrawView } from '../../../lottery/draw_view';
import type { DrawCounts, SeenSale, Telemetry } from '../../../telemetry/telemetry';
import type {
  FeedChange,
  FeedDeadline,
  FeedDraw,
  FeedProgress,
  FeedState,
  Figures,
} from '../page/model/feed_message';
import { AgencyList, perSecond } from './agency_list';
import { CommitWindow } from './commit_window';
import { History } from './history';
import { expiringOf, overseersOf } from './identities';
import { HISTORY_SAMPLES, MAX_LISTED_AGENCIES } from './limits';
import type { ServerIdentity } from './server_identity';
import type { Watched } from './watched';
import { winningBets } from './winning_bets';

/**
 * Samples the telemetry and reports what has changed. Everything it reports is as of the last sample, so that a state
 * and the changes after it fit together.
 */
export class Observer {
  readonly #telemetry: Telemetry;
  readonly #lottery: Watched['lottery'];
  readonly #identity: ServerIdentity;
  readonly #clock: Clock;
  /** The clock's zero, in milliseconds since 1970. Fixed, so that setting the system's time causes no jump. */
  readonly #epochMs: number;
  readonly #commits = new CommitWindow();
  readonly #history = new History(HISTORY_SAMPLES);
  readonly #agencies: AgencyList;
  readonly #stopListening: () => void;
  #sampledAtMs: number | undefined;
  #totalBets = 0;
  #storedBytes = 0;
  #draw: FeedDraw | undefined;
  #figures: Figures;

  constructor({ telemetry, lottery, clock }: Watched, identity: ServerIdentity) {
    this.#telemetry = telemetry;
    this.#lottery = lottery;
    this.#identity = identity;
    this.#agencies = new AgencyList(telemetry);
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
    const agencies = this.hasAgencyList ? this.#agencies.update(seconds) : [];
    const change = { figures: this.#figures, agencies };
    const { draw } = this.#telemetry;
    if (draw === undefined || this.#draw !== undefined) return change;
    this.#draw = drawOf(draw, this.hasAgencyList, this.#lottery.drawView, this.#telemetry.seenSale);
    return { ...change, draw: this.#draw };
  }

  /** Everything, as of the last sample. Valid until {@link observe} is called again. */
  state(): FeedState {
    const { terms, startedAtMs } = this.#telemetry;
    const { run, host, version } = this.#identity;
    const { deadline, number } = this.#lottery.drawView;
    return {
      format: 3,
      run,
      startedAtMs,
      server: { host, version },
      ...(deadline && { deadline: deadlineOf(deadline) }),
      agencyCount: terms.agencies,
      hasAgencyList: this.hasAgencyList,
      ...(terms.winnerNumber !== undefined && { winnerNumber: terms.winnerNumber }),
      ...(number && { numberFrom: number.from }),
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
    const log = this.#lottery.receipts?.progress;
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
      progress: progressOf(this.#lottery.drawView),
      ...(log && { log }),
      tcpPort: telemetry.tcpPort ?? 0,
      connections: {
        tcp: telemetry.connections('tcp'),
        http: telemetry.connections('http'),
        memcached: telemetry.connections('memcached'),
      },
      refusals: telemetry.refusals,
      overseers: overseersOf(telemetry),
      expiring: expiringOf(telemetry),
    };
    this.#totalBets = totalBets;
    this.#storedBytes = storedBytes;
    return figures;
  }
}

function progressOf(view: DrawView): FeedProgress {
  const { phase, gate: name, number, isOverdue, dueAtMs, leftMs } = view;
  const gate = name === NUMBER_GATE ? numberGate(number) : name;
  return {
    phase,
    isOverdue,
    ...(gate !== undefined && { gate }),
    ...(dueAtMs !== undefined && { dueAtMs: Math.round(dueAtMs) }),
    ...(leftMs !== undefined && { leftMs: Math.round(leftMs) }),
    ...numberDueOf(view),
  };
}

/** A round that has come, or is not used, is not waited for. */
function numberDueOf({ phase, number, numberLeftMs }: DrawView): Partial<FeedProgress> {
  if (phase !== 'gated' || numberLeftMs === undefined) return {};
  if (number?.dueAtMs === undefined || number.blocked !== undefined) return {};
  return { numberDueAtMs: Math.round(number.dueAtMs), numberLeftMs: Math.round(numberLeftMs) };
}

function numberGate(number: DrawView['number']): string {
  const { blocked } = number ?? {};
  return blocked === undefined ? 'the winning number' : `the operator: ${blocked}`;
}

function deadlineOf(deadline: NonNullable<DrawView['deadline']>): FeedDeadline {
  const { action } = deadline;
  return 'atMs' in deadline ? { action } : { action, afterFirstFinishMs: deadline.afterFirstFinishMs };
}

function drawOf(
  draw: DrawCounts,
  hasAgencyList: boolean,
  { decidedAtMs, tookMs }: DrawView,
  sale: SeenSale | undefined,
): FeedDraw {
  return {
    isCalledOff: draw.isCalledOff,
    ...(draw.winnerNumber !== undefined && { winnerNumber: draw.winnerNumber }),
    bets: draw.bets,
    missingAgencies: draw.missingAgencies.length,
    winningBets: winningBets(draw),
    winners: hasAgencyList ? [...draw.winners] : [],
    ...(decidedAtMs !== undefined && { decidedAtMs: Math.round(decidedAtMs) }),
    ...(tookMs !== undefined && { tookMs: Math.round(tookMs * 100) / 100 }),
    ...(sale && { sale: { bets: sale.bets, durationMs: sale.lastAtMs - sale.firstAtMs } }),
  };
}
