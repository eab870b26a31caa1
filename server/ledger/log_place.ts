/**
 * Where in the order of the audit log something was stored. Places are ordered by `sequence`, then by `position`, and
 * never change. `sequence` is that of the audit log; `position` is the engine's own count within it.
 */
export interface LogPlace {
  readonly sequence: number;
  readonly position: number;
}

/** The place of nothing: the sequence counts from 1. */
export const NOWHERE: LogPlace = { sequence: 0, position: 0 };
