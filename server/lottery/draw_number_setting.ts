/** Reading where the winning number is to come from. */
import { MAX_NUMBER } from '../../protocol/limits';
import { parseDeadline } from './draw_deadline';

/** What `DRAW_NUMBER` may be written as. */
export const DRAW_NUMBER_FORMS = `a number from 0 to ${MAX_NUMBER}, entered, or drand:CHAIN@TIME such as drand:quicknet@2026-12-22T10:00:00Z`;
/** What a duration may be written as. */
export const DURATION_FORMS = 'a duration from 1s to 24h, such as 60s, 5m, 2h';

/** Where the winning number is to come from, as it is set. */
export type DrawNumberSetting =
  | { readonly kind: 'fixed'; readonly number: number }
  | { readonly kind: 'entered' }
  /** The first round of a drand chain that is due at a time or after it. */
  | { readonly kind: 'drand'; readonly chain: string; readonly atMs: number };

const MIN_DURATION_MS = 1_000;
const MAX_DURATION_MS = 86_400_000;

/** Reads `DRAW_NUMBER` in one of the {@link DRAW_NUMBER_FORMS}; `undefined` when it is none. */
export function parseDrawNumber(text: string): DrawNumberSetting | undefined {
  if (text === 'entered') return { kind: 'entered' };
  if (/^[0-9]{1,4}$/.test(text)) return { kind: 'fixed', number: Number(text) };
  const [, chain, time] = /^drand:([!-?A-~]{1,64})@(.+)$/.exec(text) ?? [];
  if (chain === undefined || time === undefined) return undefined;
  const at = parseDeadline(time);
  return at !== undefined && 'atMs' in at ? { kind: 'drand', chain, atMs: at.atMs } : undefined;
}

/** Reads a duration in one of the {@link DURATION_FORMS}, in milliseconds; `undefined` when it is none. */
export function parseDuration(text: string): number | undefined {
  const duration = parseDeadline(/^[0-9]+$/.test(text) ? `${text}s` : text);
  if (duration === undefined || 'atMs' in duration) return undefined;
  const { afterFirstFinishMs: durationMs } = duration;
  return durationMs >= MIN_DURATION_MS && durationMs <= MAX_DURATION_MS ? durationMs : undefined;
}

/** The setting as it was written, for the log. */
export function drawNumberText(setting: DrawNumberSetting): string {
  if (setting.kind === 'fixed') return String(setting.number);
  if (setting.kind === 'entered') return 'entered';
  return `drand:${setting.chain}@${new Date(setting.atMs).toISOString().replace('.000Z', 'Z')}`;
}
