/** Formats numbers for people, in English. */

const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const COMPACT = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });
const PRECISE = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
const TIME = new Intl.DateTimeFormat('en', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const DAY = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', year: 'numeric' });
const SHORT_DAY = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short' });
const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** `78,000`. */
export function formatCount(count: number): string {
  return WHOLE.format(count);
}

/** `78K`: for narrow places. */
export function formatCompact(count: number): string {
  return COMPACT.format(count);
}

/** `78,000`, but `1.23M`: for places with room for six digits. */
export function formatShort(count: number): string {
  return count < 1_000_000 ? formatCount(count) : formatCompact(count);
}

/** `0.31`: with three significant digits. */
export function formatPrecise(value: number): string {
  return PRECISE.format(value);
}

/** `1.5 MiB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1_024 && unit < BYTE_UNITS.length - 1) {
    value /= 1_024;
    unit++;
  }
  return `${unit === 0 ? formatCount(value) : formatPrecise(value)} ${BYTE_UNITS[unit] ?? ''}`;
}

/** A short time: `0.31 ms`, `12.3 ms`, `1.2 s`. */
export function formatMilliseconds(milliseconds: number): string {
  if (milliseconds >= 1_000) return `${formatPrecise(milliseconds / 1_000)} s`;
  return `${formatPrecise(milliseconds)} ms`;
}

/** A long time in its two largest units: `12 s`, `3 min 5 s`, `2 h 13 min`, `4 d 1 h`. */
export function formatAge(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1_000));
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ];
  const first = parts.findIndex(([amount]) => amount > 0);
  if (first === -1) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount} ${unit}`)
    .join(' ');
}

/** `14:03:22`, in the reader's time zone. @param atMs milliseconds since 1970 */
export function formatTime(atMs: number): string {
  return TIME.format(atMs);
}

/** `14:03:22`, and the day before it where that is not the day of `nowMs`. Both in milliseconds since 1970. */
export function formatMoment(atMs: number, nowMs: number): string {
  return isSameDay(atMs, nowMs) ? formatTime(atMs) : `${DAY.format(atMs)}, ${formatTime(atMs)}`;
}

/** `14:03`, or `Aug 3` where that is not the day of `nowMs`: for narrow places. Both in milliseconds since 1970. */
export function formatClock(atMs: number, nowMs: number): string {
  return isSameDay(atMs, nowMs) ? formatTime(atMs).slice(0, 5) : SHORT_DAY.format(atMs);
}

/** `14:03:22`, or `Aug 3, 14:03` where that is not the day of `nowMs`. Both in milliseconds since 1970. */
export function formatRecent(atMs: number, nowMs: number): string {
  return isSameDay(atMs, nowMs)
    ? formatTime(atMs)
    : `${SHORT_DAY.format(atMs)}, ${formatTime(atMs).slice(0, 5)}`;
}

/** `0:09`, `59:59`, `1:02:03`, `2 d 03:04:05`: counts down to 0, to the second that has begun. */
export function formatCountdown(leftMs: number): string {
  const left = Math.max(0, Math.ceil(leftMs / 1_000));
  const two = (amount: number): string => String(amount).padStart(2, '0');
  const [days, hours] = [Math.floor(left / 86_400), Math.floor(left / 3_600) % 24];
  const [minutes, seconds] = [Math.floor(left / 60) % 60, two(left % 60)];
  if (days > 0) return `${days} d ${two(hours)}:${two(minutes)}:${seconds}`;
  return hours > 0 ? `${hours}:${two(minutes)}:${seconds}` : `${minutes}:${seconds}`;
}

/** `1 agency`, `5 agencies`. */
export function formatMany(count: number, one: string, many: string): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

function isSameDay(atMs: number, otherMs: number): boolean {
  return new Date(atMs).toDateString() === new Date(otherMs).toDateString();
}
