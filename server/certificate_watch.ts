/** Certificates that expire: told to the page and the metrics, and to the log at the start, after a change and once a day. */
import type { Clock } from '../program/clock';
import type { Log } from '../program/log';
import type { TlsCredentials } from './doors/tls/tls_credentials';
import {
  CertificateExpiry,
  daysUntil,
  ExpiringSoon,
  expiringSoon,
  urgencyOf,
} from './telemetry/certificate_expiry';
import type { Telemetry } from './telemetry/telemetry';

const DAY_MS = 86_400_000;

/** What it needs. */
interface Parts {
  /** Those of the doors that speak TLS; without them nothing is told. */
  readonly tls: Pick<TlsCredentials, 'expiring' | 'onChange'> | undefined;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Watches the certificates of the server, and those of who is connected. Each line of the log is a warning when what it
 * tells of expires within 30 days; of the certificates of who is connected only those are told.
 *
 * @returns ends it
 */
export function watchCertificates({ tls, telemetry, clock, log }: Parts): () => void {
  if (tls === undefined) return () => undefined;
  let cancel: () => void = () => undefined;
  const tell = (): void => {
    cancel();
    cancel = clock.after(DAY_MS, tell);
    tellAll(tls.expiring, telemetry, log);
  };
  telemetry.watchCertificates(() => tls.expiring);
  tls.onChange(tell);
  tell();
  return () => cancel();
}

function tellAll(own: readonly CertificateExpiry[], telemetry: Telemetry, log: Log): void {
  const nowMs = Date.now();
  for (const { name, expiresAtMs } of own) {
    if (!Number.isFinite(expiresAtMs)) continue;
    const details = { name, ...timeOf(expiresAtMs, nowMs) };
    if (urgencyOf(expiresAtMs, nowMs) === undefined) log.info('certificate', 'success', details);
    else log.warning('certificate', 'success', details);
  }
  for (const each of expiringSoon([], telemetry.presences.certificates(), nowMs)) {
    const { name, expiresAtMs } = each;
    log.warning('certificate', 'success', { name, ...agenciesOf(each), ...timeOf(expiresAtMs, nowMs) });
  }
}

function timeOf(expiresAtMs: number, nowMs: number): { expires: string; days: number } {
  return { expires: new Date(expiresAtMs).toISOString(), days: daysUntil(expiresAtMs, nowMs) };
}

/** The first agencies, and how many more there are. */
function agenciesOf({ agencies, count }: ExpiringSoon): { agencies?: string; more?: number } {
  if (agencies.length === 0) return {};
  const more = count - agencies.length;
  return { agencies: agencies.join(', '), ...(more > 0 && { more }) };
}
