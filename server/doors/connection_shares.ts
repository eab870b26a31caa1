import { readFileSync } from 'node:fs';

import { OperationError } from '../../program/exit';

/** Descriptors that the program needs beside its connections: files, threads, the draw's reading. */
const RESERVED_DESCRIPTORS = 48;

/**
 * How many connections the process can really keep: beyond its descriptors the kernel's answer to a connection is
 * an error that nobody hears of, and the draw could open no file.
 *
 * @param wanted MAX_CONNECTIONS
 * @param limit how many descriptors the process may have; `undefined` where that cannot be told
 * @throws OperationError when no connection is left
 */
export function possibleConnections(wanted: number, limit: number | undefined = descriptorLimit()): number {
  if (limit === undefined) return wanted;
  const possible = Math.min(wanted, limit - RESERVED_DESCRIPTORS);
  if (possible >= 1) return possible;
  throw new OperationError(
    `${limit} file descriptors are too few: ${RESERVED_DESCRIPTORS + 1} are needed at least`,
  );
}

/** The connections of each door. */
export interface DoorConnections {
  readonly tcp: number;
  readonly http: number;
  readonly memcached: number;
}

/**
 * How many connections each door can have: a tenth is for each of those beside the agencies', should there not be enough.
 *
 * @param wanted as many as each would have; 0 where there is no such door
 * @throws OperationError when none is left
 */
export function shareConnections(wanted: DoorConnections, limit?: number): DoorConnections {
  const all = wanted.tcp + wanted.http + wanted.memcached;
  const possible = possibleConnections(all, limit);
  if (possible >= all) return wanted;
  const share = Math.max(1, Math.floor(possible / 10));
  const http = Math.min(wanted.http, share);
  const memcached = Math.min(wanted.memcached, share);
  return { tcp: Math.min(wanted.tcp, Math.max(1, possible - http - memcached)), http, memcached };
}

function descriptorLimit(): number | undefined {
  try {
    const line = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
    return line === null ? undefined : Number(line[1]);
  } catch {
    // Not Linux: there the kernel's own limits are left to speak.
    return undefined;
  }
}
