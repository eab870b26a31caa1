import type { LogPlace } from '../log_place';

/** What is kept of a batch beside its text (functions/batches.lua). */
export interface BatchHead {
  /** Where it was stored. */
  readonly place: LogPlace;
  /** How many bets are in it. */
  readonly bets: number;
  readonly lastBetId: number;
  /** How long its text is. */
  readonly textBytes: number;
  /** CRC-32 of its payload (protocol/payload_check.ts). */
  readonly check: number;
  /** `batchDigest` of it. */
  readonly digest: Buffer;
}

const DIGEST_BYTES = 32;
const NUMBERS = /^(\d+),(\d+),(\d+),(\d+),(\d+),(\d+),$/;

/** Reads it. @returns undefined when it is no such text */
export function headFrom(head: Buffer): BatchHead | undefined {
  const numbers = NUMBERS.exec(head.toString('latin1', 0, Math.max(0, head.length - DIGEST_BYTES)))
    ?.slice(1)
    .map(Number);
  if (numbers === undefined) return undefined;
  const [sequence, position, bets, lastBetId, textBytes, check] = numbers as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const digest = head.subarray(head.length - DIGEST_BYTES);
  return { place: { sequence, position }, bets, lastBetId, textBytes, check, digest };
}
