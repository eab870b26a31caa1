/** Certificates that expire soon: the server's own, and those of who is connected. */
import type { PartyName } from './presence';

const DAY_MS = 86_400_000;
/** From so many days before a certificate expires it is told of, and from so many it is urgent. */
const TOLD_DAYS = 30;
const URGENT_DAYS = 7;
/** The agencies that are named one by one in what is told of them together. */
const MAX_NAMED_AGENCIES = 10;

/** A certificate or a revocation list, and when it expires. */
export interface CertificateExpiry {
  /** `server`, `client CA`, `revocation list`. */
  readonly name: string;
  /** In milliseconds since 1970; `Infinity` for never. */
  readonly expiresAtMs: number;
}

/** How soon something is to be done: within 30 days, within 7, or it should have been done. */
export type ExpiryUrgency = 'soon' | 'urgent' | 'expired';

/** What expires within 30 days, or has expired. */
export interface ExpiringSoon {
  /** `server`, `client CA`, `revocation list`, `operator`, `auditor`, or `agencies` for those that are equally urgent. */
  readonly name: string;
  readonly urgency: ExpiryUrgency;
  /** When the first of them expires, in milliseconds since 1970. */
  readonly expiresAtMs: number;
  /** The agencies whose certificates expire first, in the order of their numbers; at most ten. */
  readonly agencies: readonly number[];
  /** How many certificates it is told of. */
  readonly count: number;
}

/** The whole days until something expires; negative once it has. */
export function daysUntil(expiresAtMs: number, nowMs: number): number {
  return Math.floor((expiresAtMs - nowMs) / DAY_MS);
}

/**
 * What is to be told of, the first to expire first: at most one for each name, and three for agencies.
 *
 * @param own those of the server; of several with one name the first to expire is told of
 * @param connected those of who is connected
 * @param nowMs in milliseconds since 1970
 */
export function expiringSoon(
  own: Iterable<CertificateExpiry>,
  connected: Iterable<readonly [party: PartyName, expiresAtMs: number]>,
  nowMs: number,
): ExpiringSoon[] {
  const named = new Map<string, number>();
  const keep = (name: string, expiresAtMs: number): void =>
    void named.set(name, Math.min(expiresAtMs, named.get(name) ?? Infinity));
  const agencies: Record<ExpiryUrgency, [number, number][]> = { soon: [], urgent: [], expired: [] };
  for (const { name, expiresAtMs } of own) keep(name, expiresAtMs);
  for (const [party, expiresAtMs] of connected) {
    const urgency = urgencyOf(expiresAtMs, nowMs);
    if (typeof party !== 'number') keep(party, expiresAtMs);
    else if (urgency !== undefined) agencies[urgency].push([party, expiresAtMs]);
  }
  const single = [...named].map(([name, expiresAtMs]): ExpiringSoon | undefined => {
    const urgency = urgencyOf(expiresAtMs, nowMs);
    return urgency && { name, urgency, expiresAtMs, agencies: [], count: 1 };
  });
  const together = (Object.entries(agencies) as [ExpiryUrgency, [number, number][]][]).map(
    ([urgency, each]) => agenciesTogether(urgency, each),
  );
  return [...single, ...together]
    .filter((each) => each !== undefined)
    .sort((one, other) => one.expiresAtMs - other.expiresAtMs);
}

/** How soon something is to be done; `undefined` where there is more time than 30 days. */
export function urgencyOf(expiresAtMs: number, nowMs: number): ExpiryUrgency | undefined {
  if (expiresAtMs <= nowMs) return 'expired';
  const days = daysUntil(expiresAtMs, nowMs);
  if (days < URGENT_DAYS) return 'urgent';
  return days < TOLD_DAYS ? 'soon' : undefined;
}

function agenciesTogether(
  urgency: ExpiryUrgency,
  certificates: [agency: number, expiresAtMs: number][],
): ExpiringSoon | undefined {
  certificates.sort(([agency, first], [other, second]) => first - second || agency - other);
  const [first] = certificates;
  if (first === undefined) return undefined;
  const agencies = certificates.slice(0, MAX_NAMED_AGENCIES).map(([agency]) => agency);
  agencies.sort((one, other) => one - other);
  return { name: 'agencies', urgency, expiresAtMs: first[1], agencies, count: certificates.length };
}
