/** What the feed has of those who watch and run the lottery, and of certificates. */
import { expiringSoon } from '../../../telemetry/certificate_expiry';
import type { Telemetry } from '../../../telemetry/telemetry';
import type { FeedExpiry, FeedOverseer } from '../page/model/feed_message';

const OVERSEERS = ['operator', 'auditor'] as const;

/** The operator and the auditor, as far as they are connected or have asked. */
export function overseersOf({ presences }: Telemetry): FeedOverseer[] {
  const overseers: FeedOverseer[] = [];
  for (const party of OVERSEERS) {
    const { connections, right, sinceMs, seen } = presences.of(party);
    if (right !== undefined && sinceMs !== undefined)
      overseers.push({ party, right, connections, atMs: sinceMs });
    else if (seen !== undefined) overseers.push({ party, right: seen.right, connections, atMs: seen.atMs });
  }
  return overseers;
}

/**
 * The certificates that expire soon, by the machine's clock as it is now: TLS goes by it, and it may have been set since
 * the start.
 */
export function expiringOf({ certificates, presences }: Telemetry): FeedExpiry[] {
  const nowMs = Date.now();
  return expiringSoon(certificates, presences.certificates(), nowMs).map(
    ({ name, urgency, expiresAtMs, agencies, count }) => ({
      name,
      urgency,
      leftMs: expiresAtMs - nowMs,
      agencies,
      count,
    }),
  );
}
