/**
 * The metrics, in the text format of Prometheus: https://prometheus.io/docs/instrumenting/exposition_formats/. All but
 * the durations of commits are read from the telemetry at each scrape.
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

import type { Clock } from '../../../../program/clock';
import { DOOR_NAMES } from '../../../telemetry/door_name';
import type { Telemetry } from '../../../telemetry/telemetry';
import { addConnections } from './connection_metrics';
import { MAX_LISTED_AGENCIES, METRICS_MAX_AGE_MS } from './limits';
import { addCounter, addGauge } from './plain_metrics';
import { addDrawProgress } from './draw_metrics';
import { addLogProgress } from './log_metrics';
import { addProcessMetrics } from './process_metrics';
import type { ServerIdentity } from './server_identity';
import type { Watched } from './watched';
import { winningBets } from './winning_bets';

/** Buckets from the sync of a fast disk to one so slow that the operator should know. */
const COMMIT_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** The metrics of one server. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #clock: Clock;
  readonly #stop: readonly (() => void)[];
  #text: Promise<string> | undefined;
  #textUntilMs = 0;

  /** @param feeds how many readers the feed of the page has */
  constructor({ telemetry, lottery, clock }: Watched, identity: ServerIdentity, feeds: () => number) {
    this.#clock = clock;
    addIdentity(this.#registry, identity);
    addGauge(this.#registry, 'lottery_feeds', 'Readers of the feed of the page: one a browser.', feeds);
    addStored(this.#registry, telemetry);
    addAgencies(this.#registry, telemetry);
    addDoors(this.#registry, telemetry);
    addConnections(this.#registry, telemetry);
    addDraw(this.#registry, telemetry);
    addDrawProgress(this.#registry, () => lottery.drawView);
    addLogProgress(this.#registry, () => lottery.receipts?.progress);
    this.#stop = [addCommits(this.#registry, telemetry), addProcessMetrics(this.#registry)];
  }

  /** The media type of {@link text}. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All metrics. Scrapes at the same time, or within {@link METRICS_MAX_AGE_MS}, get the same text. */
  text(): Promise<string> {
    const nowMs = this.#clock.nowMs();
    if (this.#text === undefined || nowMs >= this.#textUntilMs) {
      this.#text = this.#registry.metrics();
      this.#textUntilMs = nowMs + METRICS_MAX_AGE_MS;
    }
    return this.#text;
  }

  /** Stops measuring and listening. */
  close(): void {
    for (const stop of this.#stop) stop();
  }
}

function addStored(registry: Registry, telemetry: Telemetry): void {
  const counter = addCounter.bind(undefined, registry);
  counter('lottery_bets_total', 'Bets stored since the lottery began.', () => telemetry.totalBets);
  counter('lottery_batches_total', 'Batches stored since the lottery began.', () => telemetry.totalBatches);
  counter(
    'lottery_repeated_batches_total',
    'Batches that came again with the same content, since the server was started.',
    () => telemetry.repeatedBatches,
  );
  counter(
    'lottery_stored_bytes_total',
    'Bytes of the texts of bets stored since the server was started.',
    () => telemetry.storedBytes,
  );
  addGauge(
    registry,
    'lottery_queue_bytes',
    'Bytes of batches that are on their way to the storage.',
    () => telemetry.queuedBytes,
  );
  addGauge(
    registry,
    'lottery_log_held_bytes',
    "Bytes of SQLite's write-ahead log that cannot be moved into the database, since a reader keeps a transaction open.",
    () => telemetry.logHeldBytes,
  );
  addGauge(registry, 'lottery_ready', '1 while the server can take bets, else 0.', () =>
    Number(telemetry.isReady),
  );
}

/** @returns stops listening to commits */
function addCommits(registry: Registry, telemetry: Telemetry): () => void {
  addCounter(
    registry,
    'lottery_commit_operations_total',
    'Operations that the commits carried out, since the server was started.',
    () => telemetry.committedOperations,
  );
  const durations = new Histogram({
    name: 'lottery_commit_duration_seconds',
    help: 'Time that the commits of the ledger took, the sync included.',
    buckets: COMMIT_SECONDS,
    registers: [registry],
  });
  return telemetry.onCommit(({ durationMs }) => durations.observe(durationMs / 1_000));
}

function addIdentity(registry: Registry, { host, version, run }: ServerIdentity): void {
  const info = new Gauge({
    name: 'lottery_server_info',
    help: 'Which server this is: always 1.',
    labelNames: ['host', 'version', 'run'],
    registers: [registry],
  });
  info.set({ host, version, run }, 1);
}

function addAgencies(registry: Registry, telemetry: Telemetry): void {
  const { agencies: count } = telemetry.terms;
  addGauge(registry, 'lottery_agencies', 'Agencies that take part.', () => count);
  addGauge(
    registry,
    'lottery_finished_agencies',
    'Agencies that have finished.',
    () => telemetry.finishedAgencies,
  );
  if (count > MAX_LISTED_AGENCIES) return;
  new Gauge({
    name: 'lottery_agency_connections',
    help: 'Connections to this server that speak for an agency.',
    labelNames: ['agency'],
    registers: [registry],
    collect() {
      for (const agency of telemetry.agencies.keys()) {
        this.set({ agency }, telemetry.presences.of(agency).connections);
      }
    },
  });
  new Gauge({
    name: 'lottery_agency_last_heard_timestamp_seconds',
    help: 'When an agency was last heard of, since the server was started.',
    labelNames: ['agency'],
    registers: [registry],
    collect() {
      for (const [agency, { heardAtMs }] of telemetry.agencies) {
        if (heardAtMs !== undefined) this.set({ agency }, heardAtMs / 1_000);
      }
    },
  });
  new Counter({
    name: 'lottery_agency_bets_total',
    help: 'Bets of an agency stored since the lottery began.',
    labelNames: ['agency'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [agency, { bets }] of telemetry.agencies) this.inc({ agency }, bets);
    },
  });
}

function addDoors(registry: Registry, telemetry: Telemetry): void {
  new Gauge({
    name: 'lottery_connections',
    help: 'Open connections, by door.',
    labelNames: ['door'],
    registers: [registry],
    collect() {
      for (const door of DOOR_NAMES) this.set({ door }, telemetry.connections(door));
    },
  });
  new Counter({
    name: 'lottery_refusals_total',
    help: 'Operations refused since the server was started, by door and code.',
    labelNames: ['door', 'code'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { door, code, count } of telemetry.refusals) this.inc({ door, code }, count);
    },
  });
}

function addDraw(registry: Registry, telemetry: Telemetry): void {
  addGauge(registry, 'lottery_drawn', '1 once the draw has run or was called off, else 0.', () =>
    Number(telemetry.draw !== undefined),
  );
  addGauge(registry, 'lottery_draw_called_off', '1 once the draw was called off, else 0.', () =>
    Number(telemetry.draw?.isCalledOff === true),
  );
  addGauge(registry, 'lottery_winning_bets', 'Bets that have won, of all agencies.', () =>
    telemetry.draw === undefined ? 0 : winningBets(telemetry.draw),
  );
}
