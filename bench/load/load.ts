/** What the load generator is asked for, and what it answers: over the channel to its parent process. */

import { WireName } from './wires';

/** How long the batches in flight at a load's end may take to be answered. */
export const LAST_ANSWERS_MS = 20_000;

/** A load on a server, or on several over one store. */
export interface LoadPlan {
  /** Of each server; the connections are spread over them evenly. */
  readonly ports: readonly number[];
  /** One for each agency, from agency 1 on. */
  readonly connections: number;
  /** Batches in flight on each connection. */
  readonly window: number;
  /** Bets in a batch. */
  readonly betCount: number;
  /** How long the load lasts before it counts. */
  readonly warmUpMs: number;
  /** How long it counts. */
  readonly measureMs: number;
  /** The load ends when so many batches have been acknowledged, if it has not before; for filling a ledger. */
  readonly maxBatches?: number;
  /** The first batch id of each agency; 1 if left out. */
  readonly firstBatchId?: number;
  /** How the server is spoken to; as the lottery if left out. */
  readonly wire?: WireName;
  /** With it the connections are over TLS, with the agencies' certificates in this folder. */
  readonly certificates?: string;
}

/** What the load generator saw while it counted. */
export interface LoadResult {
  readonly batches: number;
  readonly bets: number;
  readonly bytes: number;
  readonly elapsedMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** The generator's own processor time. */
  readonly cpuMs: number;
  /** Acknowledged in all, the warm-up included. */
  readonly acknowledgedBatches: number;
}

/** Everything that the generator says. */
export type FromLoad =
  /** The warm-up is over: from here on it counts. */
  | { readonly kind: 'begun' }
  /** It counts no more; what is in flight is still acknowledged. */
  | { readonly kind: 'ended' }
  | { readonly kind: 'done'; readonly result: LoadResult };
