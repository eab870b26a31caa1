/** What a container may do and use: no more than its program needs. */

/** The log of a container, bounded. */
const LOGGING = { driver: 'json-file', options: { 'max-size': '10m', 'max-file': '3' } };

/** How much of the machine a container may use at most. */
export interface Limits {
  /** Processes and threads. */
  readonly pids: number;
  /** As Docker writes it: `512m`. */
  readonly memory: string;
}

/** A server: its threads, and those of the programs that are run beside it (`docker exec`, the health check). */
export const SERVER_LIMITS: Limits = { pids: 256, memory: '1g' };
export const AGENCY_LIMITS: Limits = { pids: 128, memory: '512m' };
/** The control keeps the tree and its sums in memory, and the bets in its file. */
export const CONTROL_LIMITS: Limits = { pids: 64, memory: '512m' };
export const KEYS_LIMITS: Limits = { pids: 64, memory: '256m' };
/** PostgreSQL has a process for each connection, at most 100 of them. */
export const POSTGRES_LIMITS: Limits = { pids: 256, memory: '1g' };
/** Twice what Redis may store (compose/database/redis/redis.conf), and what it needs besides. */
export const REDIS_LIMITS: Limits = { pids: 128, memory: '2g' };
/** HAProxy has a thread for each processor. */
export const BALANCER_LIMITS: Limits = { pids: 256, memory: '512m' };

/** A folder in memory for what a program writes and nobody keeps. */
export function scratchFolder(path: string): string {
  return `${path}:mode=1777,size=64m`;
}

/**
 * No rights beyond those of its user, whom the image names by number, nothing to write on but its volumes and scratch
 * folders, and bounds on the rest.
 */
export function confinement({ pids, memory }: Limits): object {
  return {
    read_only: true,
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
    pids_limit: pids,
    mem_limit: memory,
    logging: LOGGING,
  };
}
