import { FeedChange, FeedState, Figures } from '../feed_message';

/** Sums of nothing; what is given is other. For tests. */
export function figuresOf(given: Partial<Figures> = {}): Figures {
  return {
    atMs: 1_795_000_000_000,
    isReady: true,
    totalBatches: 0,
    totalBets: 0,
    finishedAgencies: 0,
    repeatedBatches: 0,
    betsPerSecond: 0,
    bytesPerSecond: 0,
    commits: { count: 0, operations: 0, p50Ms: 0, p99Ms: 0, maxMs: 0 },
    queuedBytes: 0,
    progress: { phase: 'awaited', isOverdue: false },
    tcpPort: 12_345,
    connections: { tcp: 0, http: 0, memcached: 0 },
    refusals: [],
    overseers: [],
    expiring: [],
    ...given,
  };
}

/** The state of a lottery of three agencies; what is given is other. For tests. */
export function stateOf(given: Partial<FeedState> = {}): FeedState {
  const figures = given.figures ?? figuresOf();
  return {
    format: 3,
    run: '1',
    server: { host: 'here', version: '1.2.3' },
    startedAtMs: 1_794_999_990_000,
    agencyCount: 3,
    hasAgencyList: true,
    winnerNumber: 7574,
    history: { atMs: [figures.atMs], bets: [figures.totalBets] },
    figures,
    agencies: [],
    ...given,
  };
}

/** A change a second after {@link stateOf}; what is given is other. For tests. */
export function changeOf(given: Partial<FeedChange> = {}): FeedChange {
  return { figures: figuresOf({ atMs: 1_795_000_001_000 }), agencies: [], ...given };
}
