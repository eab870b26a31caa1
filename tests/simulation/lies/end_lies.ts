/** Lies about the end: the seal, its tables and its time, the number and the winners. */
import type { Lie } from './telling';

export const END_LIES: readonly Lie[] = [];
