/** What the HTTP load generator is asked for, and what it answers: over the channel to its parent process. */

/** What each request of a load asks for. */
export type HttpExchange = 'put batch' | 'put large batch' | 'get batch' | 'put note' | 'get note';

/** A load on a server's HTTP door. */
export interface HttpLoadPlan {
  readonly port: number;
  /** Connections that are kept open, with one request in flight on each; each speaks for an agency of its own. */
  readonly connections: number;
  /** The agency of the first; 1 if left out. */
  readonly firstAgency?: number;
  readonly exchange: HttpExchange;
  /** Bets in a batch; without effect on notes. */
  readonly betCount: number;
  /** How long the load lasts before it counts. */
  readonly warmUpMs: number;
  /** How long it counts, at the most: it ends earlier when its parent says so. */
  readonly measureMs: number;
}

/** What the load generator saw while it counted. */
export interface HttpLoadResult {
  /** Requests that were answered with what was asked for; each of them was checked. */
  readonly answers: number;
  /** Requests that were answered with 503; each was sent again. */
  readonly refusals: number;
  readonly elapsedMs: number;
  /** From the first byte of a request to the last of its answer. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** The generator's own processor time. */
  readonly cpuMs: number;
}

/** Everything that the generator says. */
export type FromHttpLoad =
  | { readonly kind: 'begun' }
  | { readonly kind: 'ended' }
  | { readonly kind: 'done'; readonly result: HttpLoadResult };

/** What its parent says. */
export type ToHttpLoad = { readonly kind: 'plan'; readonly plan: HttpLoadPlan } | { readonly kind: 'stop' };
